using System.Runtime.CompilerServices;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>
/// Removes deleted runs and experiments for good. In two steps, so that whoever restores one meanwhile keeps it: it is claimed, upon which
/// it can no longer be restored, and then removed, its entries last. A removal that was broken off is finished by repeating it. What else
/// refers to a run is for the caller to know.
/// </summary>
public sealed class ExperimentPurge
{
    private readonly PurgeStores _stores;
    private readonly RunUpdateQueue _updates;
    private readonly PurgeTable _begun;

    internal ExperimentPurge(PurgeStores stores, RunUpdateQueue updates)
    {
        (_stores, _updates, _begun) = (stores, updates, new PurgeTable(stores.Tables));
        Files = new UnreferencedFiles(stores);
    }

    /// <summary>Files that belong to nothing any more.</summary>
    public UnreferencedFiles Files { get; }

    /// <summary>The deleted runs of an experiment, newest start first.</summary>
    public async IAsyncEnumerable<DeletedRun> ListAsync(Experiment experiment, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (RunDocument run in _stores.Runs.ListAsync(experiment.Id, cancellationToken))
        {
            if (DeletedRun.Of(run, experiment) is { } deleted)
                yield return deleted;
        }
    }

    /// <summary>Ids of runs whose removal was begun and not finished, in ordinal order.</summary>
    public IAsyncEnumerable<string> ListBegunAsync(CancellationToken cancellationToken) => _begun.ListAsync(cancellationToken);

    /// <summary>Null for a run that is active, or not there.</summary>
    public async Task<DeletedRun?> FindAsync(string runId, CancellationToken cancellationToken) =>
        await _stores.Runs.FindAsync(runId, cancellationToken) is { } run && await _stores.Experiments.FindAsync(run.ExperimentId, cancellationToken) is { } experiment
            ? DeletedRun.Of(run, experiment)
            : null;

    public async Task<Footprint> MeasureAsync(string runId, CancellationToken cancellationToken)
    {
        IReadOnlyList<Artifact> files = await _stores.Artifacts.ListAsync(runId, "", cancellationToken);
        return new Footprint(files.Count, files.Sum(f => f.Size) + await _stores.Metrics.BytesAsync(runId, cancellationToken));
    }

    /// <summary>Claims a run that has been deleted since a time.</summary>
    /// <returns>False when it was restored meanwhile, or is gone.</returns>
    public async Task<bool> ClaimAsync(DeletedRun found, DateTimeOffset deletedBefore, CancellationToken cancellationToken)
    {
        string runId = found.Id;
        if (await _stores.Experiments.FindAsync(found.ExperimentId, cancellationToken) is not { } experiment)
            return false;
        await _begun.AddAsync(runId, cancellationToken);
        RunDocument run = await _updates.UpdateAsync(runId, r => IsDue(r, experiment, deletedBefore) ? r with { PurgedAt = _stores.Time.GetUtcNow() } : null, cancellationToken);
        // Its experiment may have been restored while the run was claimed for being deleted with it.
        Experiment? now = await _stores.Experiments.FindAsync(found.ExperimentId, cancellationToken);
        if (run.PurgedAt is not null && now is not null && DeletedRun.Of(run with { PurgedAt = null }, now)?.DeletedAt <= deletedBefore)
            return true;
        await ReleaseAsync(runId, cancellationToken);
        return false;
    }

    /// <summary>Takes back a claim: the run is deleted as before.</summary>
    public async Task ReleaseAsync(string runId, CancellationToken cancellationToken)
    {
        await _updates.UpdateAsync(runId, run => run.PurgedAt is null ? null : run with { PurgedAt = null }, cancellationToken);
        await _begun.RemoveAsync(runId, cancellationToken);
    }

    /// <summary>Removes a claimed run: files, histories, the run, its id. One of which only parts are left is finished; one that is not claimed stays.</summary>
    public async Task RemoveAsync(string runId, CancellationToken cancellationToken)
    {
        if (await _stores.Runs.FindAsync(runId, cancellationToken) is { PurgedAt: null })
        {
            await _begun.RemoveAsync(runId, cancellationToken);
            return;
        }

        await _stores.Artifacts.RemoveAsync(runId, cancellationToken);
        await _stores.Metrics.RemoveAsync(runId, cancellationToken);
        await RemoveRowsAsync(runId, cancellationToken);
        await _begun.RemoveAsync(runId, cancellationToken);
    }

    /// <summary>Claims an experiment that has been deleted since a time; false when it was restored meanwhile.</summary>
    public async Task<bool> ClaimExperimentAsync(string id, DateTimeOffset deletedBefore, CancellationToken cancellationToken)
    {
        await _stores.Experiments.UpdateAsync(id, e => e.DeletedAt <= deletedBefore && e.PurgedAt is null ? e with { PurgedAt = _stores.Time.GetUtcNow() } : null, cancellationToken);
        return (await _stores.Experiments.FindAsync(id, cancellationToken))?.PurgedAt is not null;
    }

    /// <summary>Removes a claimed experiment that has no runs any more.</summary>
    /// <exception cref="MlOpsException">Conflict <c>experiment-not-empty</c>.</exception>
    public async Task RemoveExperimentAsync(string id, CancellationToken cancellationToken)
    {
        await _stores.Runs.RemoveFeedsAsync(id, cancellationToken);
        await Files.RemoveDescriptionsAsync(id, cancellationToken);
        await _stores.Experiments.RemoveAsync(id, cancellationToken);
    }

    private static bool IsDue(RunDocument run, Experiment experiment, DateTimeOffset deletedBefore) =>
        run.PurgedAt is null && DeletedRun.Of(run, experiment)?.DeletedAt <= deletedBefore;

    private async Task RemoveRowsAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            await _updates.UpdateAsync(runId, run => run with { IsRemoved = true }, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "run-missing")
        {
        }

        await _stores.Runs.DropClaimAsync(runId, cancellationToken);
    }
}
