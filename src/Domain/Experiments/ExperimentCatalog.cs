using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments;

/// <summary>Experiments by id: made, renamed, tagged, deleted and restored. Deleting one hides its runs with it; nothing is lost.</summary>
public sealed class ExperimentCatalog
{
    private const int FormerNames = 20;

    private readonly TimeProvider _time;
    private readonly ExperimentsTable _table;

    internal ExperimentCatalog(ExperimentsTable table, TimeProvider time) => (_table, _time) = (table, time);

    /// <exception cref="MlOpsException">Conflict <c>experiment-exists</c>; Invalid <c>name-invalid</c>, <c>key-invalid</c>, <c>value-too-long</c>.</exception>
    public Task<Experiment> CreateAsync(ExperimentStart start, CancellationToken cancellationToken)
    {
        TrackingLimits.CheckName("experiment", start.Name);
        foreach ((string name, string value) in start.Tags)
            TrackingLimits.CheckPair("tag", name, value);
        return _table.CreateAsync(start, cancellationToken);
    }

    /// <summary>Also a deleted one. The default experiment is always there.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>.</exception>
    public async Task<Experiment> GetAsync(string id, CancellationToken cancellationToken) =>
        await _table.FindAsync(id, cancellationToken)
        ?? (id == Experiment.DefaultId ? await _table.EnsureDefaultAsync(cancellationToken) : throw ExperimentsTable.Missing(id));

    /// <summary>As <see cref="GetAsync"/>, or null when there is none.</summary>
    public async Task<Experiment?> FindAsync(string id, CancellationToken cancellationToken) =>
        id == Experiment.DefaultId ? await GetAsync(id, cancellationToken) : await _table.FindAsync(id, cancellationToken);

    /// <summary>Those of the ids, each once, whose experiments are there and active.</summary>
    internal async Task<IReadOnlyList<string>> ActiveIdsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var active = new List<string>();
        foreach (string id in ids.Distinct(StringComparer.Ordinal))
        {
            if (await FindAsync(id, cancellationToken) is { DeletedAt: null })
                active.Add(id);
        }

        return active;
    }

    /// <summary>Also a deleted one; null when none has the name.</summary>
    public async Task<Experiment?> FindByNameAsync(string name, CancellationToken cancellationToken)
    {
        if (name == Experiment.DefaultName)
            await GetAsync(Experiment.DefaultId, cancellationToken);
        return await _table.FindByNameAsync(name, cancellationToken);
    }

    /// <summary>All of them, deleted ones too, newest first.</summary>
    public async Task<IReadOnlyList<Experiment>> ListAsync(CancellationToken cancellationToken)
    {
        await GetAsync(Experiment.DefaultId, cancellationToken);
        return await _table.ListAsync(cancellationToken);
    }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<ExperimentPage> SearchAsync(ExperimentQuery query, CancellationToken cancellationToken) =>
        ExperimentSearch.Page(await ListAsync(cancellationToken), query);

    /// <exception cref="MlOpsException">Conflict <c>experiment-exists</c>, <c>experiment-deleted</c>; NotFound <c>experiment-missing</c>; Invalid <c>name-invalid</c>.</exception>
    public Task RenameAsync(string id, string name, CancellationToken cancellationToken)
    {
        TrackingLimits.CheckName("experiment", name);
        return _table.UpdateAsync(id, e => Active(e).Name == name ? null : e with { Name = name, UpdatedAt = _time.GetUtcNow(), FormerNames = [.. (e.FormerNames ?? []).Append(e.Name).TakeLast(FormerNames)] }, cancellationToken);
    }

    /// <summary>Sets a tag, or with null removes it. As with MLflow, that is no update of the experiment.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>, <c>tag-missing</c>; Conflict <c>experiment-deleted</c>; Invalid <c>key-invalid</c>, <c>value-too-long</c>.</exception>
    public Task SetTagAsync(string id, string name, string? value, CancellationToken cancellationToken)
    {
        TrackingLimits.CheckPair("tag", name, value ?? "");
        return _table.UpdateAsync(id, e => Tagged(Active(e), name, value), cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>: there is none, or it is deleted already.</exception>
    public Task DeleteAsync(string id, CancellationToken cancellationToken) => _table.UpdateAsync(
        id,
        e => e.DeletedAt is null ? e with { DeletedAt = _time.GetUtcNow(), UpdatedAt = _time.GetUtcNow() } : throw MlOpsException.NotFound("experiment-missing", $"experiment {id} is deleted already"),
        cancellationToken);

    /// <summary>Brings a deleted experiment back with the runs that were active.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>: there is none, or it is not deleted.</exception>
    public Task RestoreAsync(string id, CancellationToken cancellationToken) => _table.UpdateAsync(
        id,
        e => Restorable(e) with { DeletedAt = null, UpdatedAt = _time.GetUtcNow() },
        cancellationToken);

    private static Experiment Restorable(Experiment experiment)
    {
        if (experiment.DeletedAt is null)
            throw MlOpsException.NotFound("experiment-missing", $"experiment {experiment.Id} is active: only a deleted one can be restored");
        return experiment.PurgedAt is null ? experiment : throw MlOpsException.Conflict("experiment-purged",
            $"experiment {experiment.Id} '{experiment.Name}' is being removed for good since {experiment.PurgedAt:u}: it can no longer be restored");
    }

    internal static Experiment Active(Experiment experiment) => experiment.DeletedAt is null ? experiment : throw MlOpsException.Conflict("experiment-deleted",
        $"experiment {experiment.Id} '{experiment.Name}' is deleted: restore it, or take another");

    private static Experiment Tagged(Experiment experiment, string name, string? value)
    {
        var tags = experiment.Tags.ToDictionary(StringComparer.Ordinal);
        if (value is not null)
            tags[name] = value;
        else if (!tags.Remove(name))
            throw MlOpsException.NotFound("tag-missing", $"experiment {experiment.Id} has no tag '{name}'");
        return experiment with { Tags = tags };
    }
}
