using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Writes runs, an experiment at a time: what waits at the same time is joined into few writes, each of many runs, so that many writers
/// share a commit instead of beating each other to a row; and with the runs their <see cref="RunFeed"/> is written. To write a large run
/// (<see cref="DocumentParts"/>) takes many times as long, so that those of an experiment have a lane of their own.
/// </summary>
/// <param name="written">Told of the runs of an experiment that were written, before their callers are answered.</param>
internal sealed class RunUpdateQueue(RunsTable runs, MetricLogTable metrics, Action<string, IReadOnlyList<string>> written)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Experiment, bool IsLarge), RunLane> _lanes = [];
    private readonly WrittenRuns _kept = new();

    /// <summary>Inserts the run unless one of that id is there; returns the one that is stored.</summary>
    public async Task<RunDocument> StartAsync(RunDocument run, CancellationToken cancellationToken)
    {
        (EntityKey key, DateTimeOffset start, bool isNew) = await runs.ClaimAsync(run, cancellationToken);
        if (key.Partition != run.ExperimentId)
            return await runs.FindAsync(run.Id, cancellationToken) ?? throw RunsTable.AlreadyElsewhere(run.Id, key.Partition);
        bool isAbsent = false;
        RunDocument stored = await LaneOf(key).ApplyAsync(new RunWrite(run.Id, key, current => (isAbsent = current is null) ? run with { StartedAt = start } : null, isRead: true), cancellationToken);
        // A claim that was found without a run may be of one that is being removed, and go with it.
        if (isAbsent && !isNew)
            await runs.KeepClaimAsync(stored, cancellationToken);
        return stored;
    }

    /// <summary>Replaces a run by what <paramref name="change"/> makes of it (null: leave it), again when other processes wrote meanwhile.</summary>
    /// <returns>The run, of which only what is no collection may be read: the next write changes those in place.</returns>
    /// <exception cref="MlOpsException">NotFound <c>run-missing</c>.</exception>
    public Task<RunDocument> UpdateAsync(string runId, Func<RunDocument, RunDocument?> change, CancellationToken cancellationToken) =>
        UpdateAsync(runId, change, null, cancellationToken);

    /// <exception cref="MlOpsException">NotFound <c>run-missing</c>; what <see cref="RunUpdates.Apply"/> says.</exception>
    public Task LogAsync(string runId, RunChanges changes, CancellationToken cancellationToken) =>
        UpdateAsync(runId, run => RunUpdates.Apply(run, changes), changes.ArePoints ? changes : null, cancellationToken);

    private async Task<RunDocument> UpdateAsync(string runId, Func<RunDocument, RunDocument?> change, RunChanges? points, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EntityKey key = await runs.FindKeyAsync(runId, cancellationToken) ?? throw RunsTable.Missing(runId);
        try
        {
            return await ApplyAsync(key);
        }
        catch (MlOpsException e) when (e.Code == "run-missing" && runs.Forget(runId))
        {
            // Where it was is known from before; it may have been removed, and begun anew elsewhere.
            return await ApplyAsync(await runs.FindKeyAsync(runId, cancellationToken) ?? throw RunsTable.Missing(runId));
        }

        Task<RunDocument> ApplyAsync(EntityKey at) =>
            LaneOf(at).ApplyAsync(new RunWrite(runId, at, current => change(current ?? throw RunsTable.Missing(runId)), isRead: false, points), cancellationToken);
    }

    /// <summary>Whether this process writes that feed.</summary>
    public bool Owns(string experimentId, string feed)
    {
        lock (_lock)
            return _lanes.GetValueOrDefault((experimentId, false))?.Feed == feed || _lanes.GetValueOrDefault((experimentId, true))?.Feed == feed;
    }

    /// <summary>A run that has just grown may be in both lanes for a moment, as it may be in those of two processes.</summary>
    private RunLane LaneOf(EntityKey run)
    {
        (string experiment, bool isLarge) = (run.Partition, _kept.IsLarge(run));
        lock (_lock)
        {
            if (!_lanes.TryGetValue((experiment, isLarge), out RunLane? lane))
                _lanes[(experiment, isLarge)] = lane = new RunLane(experiment, runs, metrics, _kept, ids => written(experiment, ids));
            return lane;
        }
    }
}
