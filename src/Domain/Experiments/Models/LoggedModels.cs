using System.Buffers;
using System.Text.Json;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments.Models;

/// <summary>Logged models: made, finished, described, measured, searched, deleted. Every write is safe to repeat and durable when its task completes.</summary>
public sealed class LoggedModels
{
    private static readonly SearchValues<char> BadNameChars = SearchValues.Create("/:.%\"'");

    /// <summary>Bytes of a model without its metrics, which always find room.</summary>
    private const int MaxBytes = 400 << 10;

    private readonly ExperimentCatalog _catalog;
    private readonly ArtifactTree _artifacts;
    private readonly TimeProvider _time;
    private readonly DocumentTable<LoggedModel> _table;

    internal LoggedModels(IEntityTable tables, ExperimentCatalog catalog, ArtifactTree artifacts, TimeProvider time) =>
        (_catalog, _artifacts, _time, _table) = (catalog, artifacts, time, new DocumentTable<LoggedModel>(tables, "loggedModels", "logged model"));

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
        return await _table.PutAsync(experiment.Id, start.Id, at, known => known is null ? Sized(model) : null, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>logged-model-missing</c>, also of a deleted one.</exception>
    public async Task<LoggedModel> GetAsync(string id, CancellationToken cancellationToken) => await FindAsync(id, cancellationToken) ?? throw _table.Missing(id);

    /// <summary>Also one that is deleted and not yet collected.</summary>
    /// <exception cref="MlOpsException">NotFound <c>logged-model-missing</c>.</exception>
    public async Task<LoggedModel> GetAnyAsync(string id, CancellationToken cancellationToken) => await _table.FindAsync(id, cancellationToken) ?? throw _table.Missing(id);

    /// <summary>Null when there is none, or it is deleted.</summary>
    public async Task<LoggedModel?> FindAsync(string id, CancellationToken cancellationToken) =>
        await _table.FindAsync(id, cancellationToken) is { DeletedAt: null } model ? model : null;

    /// <summary>As what its files belong to, also a deleted one; null when there is none.</summary>
    internal async Task<FolderOwner?> FindOwnerAsync(string id, CancellationToken cancellationToken) =>
        await _table.FindAsync(id, cancellationToken) is { } model ? new FolderOwner("logged model", id, PlaceOf(model), model.DeletedAt is not null) : null;

    /// <summary>Also of a deleted one.</summary>
    internal async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken) => await _table.FindRowAsync(id, cancellationToken) is not null;

    /// <summary>Says whether its files are all there.</summary>
    /// <exception cref="MlOpsException">NotFound <c>logged-model-missing</c>, as of all that follow.</exception>
    public Task<LoggedModel> FinalizeAsync(string id, LoggedModelStatus status, CancellationToken cancellationToken) =>
        ChangeAsync(id, model => model.Status == status ? null : model with { Status = status, UpdatedAt = _time.GetUtcNow() }, cancellationToken);

    /// <summary>Hides it from all that lists and finds models. It stays with its files until it is collected.</summary>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) => _table.UpdateAsync(id, model =>
    {
        DateTimeOffset now = _time.GetUtcNow();
        return model.DeletedAt is null ? model with { DeletedAt = now, UpdatedAt = now } : null;
    }, cancellationToken);

    public Task<LoggedModel> SetTagsAsync(string id, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        CheckKeys("tag", tags.Keys);
        return ChangeAsync(id, model => tags.Count == 0 ? null : Sized(model with { Tags = Texts.Merged(model.Tags, tags) }), cancellationToken);
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

            return Sized(model with { Params = Texts.Merged(model.Params, values) });
        }, cancellationToken);
    }

    /// <summary>Of each metric, run and data set the value of the greatest (time, step) stands; of too many of these the latest (<see cref="ModelMetrics"/>).</summary>
    public Task LogMetricsAsync(string id, IReadOnlyList<ModelMetric> metrics, CancellationToken cancellationToken) => ChangeAsync(id, model =>
    {
        ModelMetric[] all = ModelMetrics.Merged(model.Metrics, metrics);
        return all.SequenceEqual(model.Metrics) ? null : model with { Metrics = all };
    }, cancellationToken);

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<LoggedModelPage> SearchAsync(LoggedModelQuery query, CancellationToken cancellationToken)
    {
        DocumentSearch<LoggedModel> search = LoggedModelSearch.Of(_table, query);
        (IReadOnlyList<LoggedModel> found, string? next) = await search.PageAsync(await _catalog.ActiveIdsAsync(query.ExperimentIds, cancellationToken), query.Limit, cancellationToken);
        return new(found, next);
    }

    /// <summary>All of an experiment, newest first, deleted ones too.</summary>
    internal IAsyncEnumerable<LoggedModel> ListAsync(string experimentId, CancellationToken cancellationToken) =>
        _table.ListAsync(experimentId, null, cancellationToken).Select(row => row.Value);

    /// <summary>Removes one for good; nothing happens when there is none.</summary>
    internal async Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        if (await _table.FindRowAsync(id, cancellationToken) is { } row)
            await RemoveAsync(row, cancellationToken);
    }

    /// <summary>Removes at most so many of an experiment's, for good; the number of them.</summary>
    internal async Task<int> RemoveAsync(string experimentId, int most, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (DocumentRow<LoggedModel> row in _table.ListAsync(experimentId, null, cancellationToken).Take(most))
            count += await RemoveAsync(row, cancellationToken) ? 1 : 0;
        return count;
    }

    private async Task<bool> RemoveAsync(DocumentRow<LoggedModel> row, CancellationToken cancellationToken)
    {
        // The files first: when it fails between, the model is still there to be removed again.
        await _artifacts.RemoveFolderAsync(PlaceOf(row.Value), cancellationToken);
        return await _table.DeleteAsync(row.Key, cancellationToken);
    }

    /// <summary>In this server's own store; null when they are elsewhere.</summary>
    private static string? PlaceOf(LoggedModel model) => ArtifactUris.PathOf(ArtifactUris.OfModel(model));

    private LoggedModel Sized(LoggedModel model)
    {
        int bytes = JsonSerializer.SerializeToUtf8Bytes(model with { Metrics = [] }, WorkflowJson.Options).Length;
        return bytes <= MaxBytes ? model : throw _table.TooLarge(model.Id, bytes, MaxBytes);
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
