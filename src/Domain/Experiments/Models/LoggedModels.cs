using System.Buffers;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Models;

/// <summary>Logged models: made, finished, described, measured, searched, deleted. Every write is safe to repeat and durable when its task completes.</summary>
public sealed class LoggedModels
{
    private static readonly SearchValues<char> BadNameChars = SearchValues.Create("/:.%\"'");

    private readonly ExperimentCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly DocumentTable<LoggedModel> _table;

    internal LoggedModels(IEntityTable tables, ExperimentCatalog catalog, TimeProvider time) =>
        (_catalog, _time, _table) = (catalog, time, new DocumentTable<LoggedModel>(tables, "loggedModels", "logged model"));

    /// <summary>Begins a model, <see cref="LoggedModelStatus.Pending"/>. One of that id in that experiment is returned as it stands.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; Conflict <c>experiment-deleted</c>, <c>logged-model-exists</c>; Invalid names.</exception>
    public async Task<LoggedModel> CreateAsync(LoggedModelStart start, CancellationToken cancellationToken)
    {
        CheckName(start.Name);
        CheckKeys("param", start.Params.Keys);
        CheckKeys("tag", start.Tags.Keys);
        Experiment experiment = ExperimentCatalog.Active(await _catalog.GetAsync(start.ExperimentId, cancellationToken));
        DateTimeOffset at = start.CreatedAt ?? _time.GetUtcNow();
        var model = new LoggedModel(start.Id, experiment.Id, start.Name, at)
        {
            Type = start.Type,
            SourceRunId = start.SourceRunId,
            ArtifactLocation = experiment.ArtifactLocation,
            Params = start.Params,
            Tags = start.Tags,
        };
        return await _table.PutAsync(experiment.Id, start.Id, at, known => known is null ? model : null, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>logged-model-missing</c>, also of a deleted one.</exception>
    public async Task<LoggedModel> GetAsync(string id, CancellationToken cancellationToken) => await FindAsync(id, cancellationToken) ?? throw _table.Missing(id);

    /// <summary>Null when there is none, or it is deleted.</summary>
    public async Task<LoggedModel?> FindAsync(string id, CancellationToken cancellationToken) =>
        await _table.FindAsync(id, cancellationToken) is { DeletedAt: null } model ? model : null;

    /// <summary>Says whether its files are all there.</summary>
    /// <exception cref="MlOpsException">NotFound <c>logged-model-missing</c>, as of all that follow.</exception>
    public Task<LoggedModel> FinalizeAsync(string id, LoggedModelStatus status, CancellationToken cancellationToken) =>
        ChangeAsync(id, model => model.Status == status ? null : model with { Status = status, UpdatedAt = _time.GetUtcNow() }, cancellationToken);

    /// <summary>Hides it from all that lists and finds models. Its files stay until they are collected.</summary>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) => ChangeAsync(id, model =>
    {
        DateTimeOffset now = _time.GetUtcNow();
        return model with { DeletedAt = now, UpdatedAt = now };
    }, cancellationToken);

    public Task<LoggedModel> SetTagsAsync(string id, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        CheckKeys("tag", tags.Keys);
        return ChangeAsync(id, model => tags.Count == 0 ? null : model with { Tags = Texts.Merged(model.Tags, tags) }, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>tag-missing</c>.</exception>
    public Task DeleteTagAsync(string id, string name, CancellationToken cancellationToken) => ChangeAsync(id, model =>
    {
        SortedDictionary<string, string> tags = Texts.Sorted(model.Tags);
        return tags.Remove(name) ? model with { Tags = tags } : throw MlOpsException.NotFound("tag-missing", $"No tag with key '{name}' found for model with ID '{id}'.");
    }, cancellationToken);

    /// <summary>The same value again is fine, another one a Conflict <c>param-changed</c>.</summary>
    public Task LogParamsAsync(string id, IReadOnlyDictionary<string, string> values, CancellationToken cancellationToken)
    {
        CheckKeys("param", values.Keys);
        return ChangeAsync(id, model =>
        {
            foreach ((string name, string value) in values)
            {
                if (model.Params.TryGetValue(name, out string? old) && old != value)
                    throw MlOpsException.Conflict("param-changed", $"param '{name}' of logged model '{id}' is '{old}' and cannot become '{value}': params are fixed once logged");
            }

            return model with { Params = Texts.Merged(model.Params, values) };
        }, cancellationToken);
    }

    /// <summary>Of each metric, run and data set the value of the greatest (time, step) stands.</summary>
    public Task LogMetricsAsync(string id, IReadOnlyList<ModelMetric> metrics, CancellationToken cancellationToken) => ChangeAsync(id, model =>
    {
        ModelMetric[] all = [.. model.Metrics.Concat(metrics).GroupBy(m => m.Series).Select(series => series.MaxBy(m => m.Order)!)];
        return all.SequenceEqual(model.Metrics) ? null : model with { Metrics = all };
    }, cancellationToken);

    /// <summary>All of an experiment, newest first, deleted ones too.</summary>
    public IAsyncEnumerable<LoggedModel> ListAsync(string experimentId, CancellationToken cancellationToken) => _table.ListAsync(experimentId, cancellationToken);

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<LoggedModelPage> SearchAsync(LoggedModelQuery query, CancellationToken cancellationToken)
    {
        var search = new LoggedModelSearch(query);
        foreach (string experimentId in query.ExperimentIds.Distinct())
        {
            await foreach (LoggedModel model in _table.ListAsync(experimentId, cancellationToken))
                search.Add(model);
        }

        return search.Page();
    }

    private Task<LoggedModel> ChangeAsync(string id, Func<LoggedModel, LoggedModel?> change, CancellationToken cancellationToken) =>
        _table.UpdateAsync(id, model => change(model.DeletedAt is null ? model : throw _table.Missing(id)), cancellationToken);

    private static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > TrackingLimits.NameChars || name.AsSpan().ContainsAny(BadNameChars) || name.Any(char.IsControl))
            throw MlOpsException.Invalid("name-invalid", $"Invalid model name ('{TrackingLimits.Shown(name)}') provided: 1 to {TrackingLimits.NameChars} characters without / : . % \" '");
    }

    private static void CheckKeys(string what, IEnumerable<string> names)
    {
        foreach (string name in names)
            TrackingLimits.CheckKey(what, name);
    }
}
