using System.Runtime.CompilerServices;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>
/// Removes deleted runs and experiments for good. In two steps, so that whoever restores one meanwhile keeps it: it is claimed, upon which
/// it can no longer be restored, and then removed, its entries last. A removal that was broken off is finished by repeating it. What else
/// refers to a run is for the caller to know.
/// </summary>
public sealed class ExperimentPurge
{
    /// <summary>The container of files of runs, <c>[run id]/[path]</c>.</summary>
    internal const string RunFiles = RunArtifacts.Container;

    /// <summary>The container of descriptions of data sets, <c>[experiment id]/[name]</c>.</summary>
    internal const string Descriptions = RunInputs.Container;

    /// <summary>Documents removed at a time: a second's work, about.</summary>
    private const int Some = 200;

    private readonly PurgeStores _stores;
    private readonly RunUpdateQueue _updates;
    private readonly PurgeTable _begun;

    internal ExperimentPurge(PurgeStores stores, RunUpdateQueue updates)
    {
        (_stores, _updates, _begun) = (stores, updates, new PurgeTable(stores.Tables));
    }

    /// <summary>Who claims, releases or removes must have it.</summary>
    /// <exception cref="MlOpsException">Conflict <c>gc-busy</c>: somebody else removes now.</exception>
    public Task<PurgeLease> LeaseAsync(CancellationToken cancellationToken) => PurgeLease.TakeAsync(_stores.Tables, _stores.Time, cancellationToken);

    /// <summary>The runs of an experiment, newest start first. Of active ones no more is read than that they are.</summary>
    /// <param name="from">Where to begin; null for the newest.</param>
    public async IAsyncEnumerable<WalkedRun> WalkAsync(Experiment experiment, string? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isDeleted = experiment.DeletedAt is not null;
        await foreach ((string row, string id, bool hasParts, RunDocument? run) in _stores.Runs.WalkAsync(experiment.Id, from, head => isDeleted || head.IsDeleted || head.IsPurged, cancellationToken))
            yield return new WalkedRun(row, id, run is null ? null : DeletedRun.Of(run, experiment), hasParts);
    }

    /// <summary>The deleted runs of an experiment, newest start first.</summary>
    public IAsyncEnumerable<DeletedRun> ListAsync(Experiment experiment, CancellationToken cancellationToken) =>
        WalkAsync(experiment, null, cancellationToken).Where(r => r.Deleted is not null).Select(r => r.Deleted!);

    /// <summary>All runs of an experiment, deleted ones too: the value of a tag, or null, and whether the run trained a model here.</summary>
    public IAsyncEnumerable<(string RunId, string? Tag, bool IsTraining)> ListTagsAsync(string experimentId, string tag, CancellationToken cancellationToken) =>
        _stores.Runs.ListAsync(experimentId, null, cancellationToken).Select(run => (run.Id, run.Tags.GetValueOrDefault(tag), run.Lineage.SpecDigest is not null));

    /// <summary>Whether there is a run of that id, deleted or not.</summary>
    internal async Task<bool> HasRunAsync(string id, CancellationToken cancellationToken) =>
        TrackingLimits.IsRunId(id) && await _stores.Runs.FindRowAsync(id, cancellationToken) is not null;

    /// <summary>Whether there is a logged model of that id, deleted or not.</summary>
    internal Task<bool> HasModelAsync(string id, CancellationToken cancellationToken) => _stores.Models.ExistsAsync(id, cancellationToken);

    internal Task<bool> HasTraceAsync(string id, CancellationToken cancellationToken) => _stores.Traces.ExistsAsync(id, cancellationToken);

    /// <summary>Paths of the descriptions of data sets that runs of an experiment name; none where there is no such experiment, null for all of one that is deleted.</summary>
    /// <param name="goOn">Called now and then.</param>
    internal async Task<IReadOnlySet<string>?> NamedDescriptionsAsync(string experimentId, Func<Task> goOn, CancellationToken cancellationToken)
    {
        if (await _stores.Experiments.FindAsync(experimentId, cancellationToken) is { DeletedAt: not null })
            return null;
        var named = new HashSet<string>(StringComparer.Ordinal);
        int seen = 0;
        await foreach (RunDocument run in _stores.Runs.ListAsync(experimentId, null, cancellationToken))
        {
            named.UnionWith((run.Inputs ?? []).Select(input => RunInputs.PathOf(experimentId, input)));
            if (++seen % Some == 0)
                await goOn();
        }

        return named;
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
        return new Footprint(files.Count, files.Sum(f => f.Size) + await _stores.Metrics.BytesAsync(runId, cancellationToken) + await _stores.Runs.Parts.BytesAsync(runId, cancellationToken));
    }

    /// <summary>Removes what the store holds of a run beside it and nothing names since a time: writers that were broken off left it.</summary>
    public async Task<Footprint> RemoveUnnamedPartsAsync(Experiment experiment, WalkedRun run, DateTimeOffset before, bool dryRun, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredPart> found = await _stores.Runs.UnnamedPartsAsync(experiment.Id, run.Row, before, cancellationToken);
        if (!dryRun)
            await _stores.Runs.Parts.RemoveAsync(found, cancellationToken);
        return new Footprint(found.Count, found.Sum(part => part.Bytes));
    }

    /// <summary>Claims a run that has been deleted since a time: by itself, or with its experiment, which must be claimed then.</summary>
    /// <returns>False when it was restored meanwhile, or is gone.</returns>
    public async Task<bool> ClaimAsync(DeletedRun found, DateTimeOffset deletedBefore, CancellationToken cancellationToken)
    {
        Experiment? experiment = await _stores.Experiments.FindAsync(found.ExperimentId, cancellationToken);
        await _begun.AddAsync(found.Id, cancellationToken);
        RunDocument? run = await TryUpdateAsync(
            found.Id, r => r.PurgedAt is null && (r.DeletedAt <= deletedBefore || experiment?.PurgedAt is not null) ? r with { PurgedAt = _stores.Time.GetUtcNow() } : null, cancellationToken);
        if (run?.PurgedAt is not null)
            return true;
        await _begun.RemoveAsync(found.Id, cancellationToken);
        return false;
    }

    /// <summary>Takes back a claim: the run is deleted as before.</summary>
    public async Task ReleaseAsync(string runId, CancellationToken cancellationToken)
    {
        await TryUpdateAsync(runId, run => run.PurgedAt is null ? null : run with { PurgedAt = null }, cancellationToken);
        await _begun.RemoveAsync(runId, cancellationToken);
    }

    /// <summary>
    /// Removes a claimed run: files, histories, the run, its id. One of which only parts are left is finished; one that is not claimed, or
    /// came back with its experiment, stays.
    /// </summary>
    /// <returns>Whether it is gone.</returns>
    public async Task<bool> RemoveAsync(string runId, CancellationToken cancellationToken)
    {
        if (await _stores.Runs.FindAsync(runId, cancellationToken) is { } run && !await RemoveAsync(run, cancellationToken))
        {
            await ReleaseAsync(runId, cancellationToken);
            return false;
        }

        await _stores.Runs.DropClaimAsync(runId, cancellationToken);
        await _begun.RemoveAsync(runId, cancellationToken);
        return true;
    }

    /// <summary>Claims an experiment that has been deleted since a time; false when it was restored meanwhile.</summary>
    public async Task<bool> ClaimExperimentAsync(string id, DateTimeOffset deletedBefore, CancellationToken cancellationToken)
    {
        await _stores.Experiments.UpdateAsync(id, e => e.DeletedAt <= deletedBefore && e.PurgedAt is null ? e with { PurgedAt = _stores.Time.GetUtcNow() } : null, cancellationToken);
        return (await _stores.Experiments.FindAsync(id, cancellationToken))?.PurgedAt is not null;
    }

    /// <summary>Takes back a claim: the experiment is deleted as before.</summary>
    public Task ReleaseExperimentAsync(string id, CancellationToken cancellationToken) =>
        _stores.Experiments.UpdateAsync(id, e => e.PurgedAt is null ? null : e with { PurgedAt = null }, cancellationToken);

    /// <summary>What an experiment has beside its runs.</summary>
    public async Task<Footprint> MeasureAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        ExperimentFiles files = await ExperimentFiles.ListAsync(_stores, experiment, cancellationToken);
        return new Footprint(files.Files.Count, files.Files.Sum(f => f.File.Size));
    }

    /// <summary>Logged models of an experiment, newest first, deleted ones too.</summary>
    public IAsyncEnumerable<LoggedModel> ListModelsAsync(string experimentId, CancellationToken cancellationToken) => _stores.Models.ListAsync(experimentId, cancellationToken);

    public async Task<Footprint> MeasureAsync(LoggedModel model, CancellationToken cancellationToken)
    {
        if (ArtifactUris.PathOf(ArtifactUris.OfModel(model)) is not { } folder)
            return new Footprint(0, 0);
        List<BlobInfo> files = await _stores.Blobs.ListAsync(ArtifactTree.Container, folder + "/", cancellationToken).ToListAsync(cancellationToken);
        return new Footprint(files.Count, files.Sum(f => f.Size));
    }

    /// <summary>Removes a deleted model, which nothing restores, with its files.</summary>
    public Task RemoveModelAsync(string id, CancellationToken cancellationToken) => _stores.Models.RemoveAsync(id, cancellationToken);

    /// <summary>Removes some of the models, traces and issues of a claimed experiment, with their files.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> RemoveSomeAsync(string experimentId, CancellationToken cancellationToken) =>
        await _stores.Models.RemoveAsync(experimentId, Some, cancellationToken) > 0
        || await _stores.Traces.RemoveAsync(experimentId, Some, cancellationToken) > 0
        || await _stores.Issues.RemoveAsync(experimentId, Some, cancellationToken) > 0;

    /// <summary>Removes a claimed experiment that has no runs, models, traces and issues any more, with its scorers and the files that are its alone.</summary>
    /// <exception cref="MlOpsException">Conflict <c>experiment-not-empty</c>.</exception>
    public async Task RemoveExperimentAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        await _stores.Runs.RemoveFeedsAsync(experiment.Id, cancellationToken);
        foreach ((string container, BlobInfo file) in (await ExperimentFiles.ListAsync(_stores, experiment, cancellationToken)).Files)
            await _stores.Blobs.TryDeleteAsync(container, file, cancellationToken);
        await _stores.Scorers.RemoveAsync(experiment.Id, cancellationToken);
        await _stores.Experiments.RemoveAsync(experiment.Id, cancellationToken);
    }

    /// <summary>Its files are listed before the claim is looked at again: what a run that is begun anew writes is not among them, or has another ETag.</summary>
    private async Task<bool> RemoveAsync(RunDocument run, CancellationToken cancellationToken)
    {
        if (run.PurgedAt is not { } claimed)
            return false;
        Experiment? experiment = await _stores.Experiments.FindAsync(run.ExperimentId, cancellationToken);
        if (run.DeletedAt is null && experiment is { PurgedAt: null })
            return false;
        List<BlobInfo> files = await _stores.Blobs.ListAsync(RunArtifacts.Container, run.Id + "/", cancellationToken).ToListAsync(cancellationToken);
        if ((await _stores.Runs.FindAsync(run.Id, cancellationToken))?.PurgedAt != claimed)
            return false;
        foreach (BlobInfo file in files)
            await _stores.Blobs.TryDeleteAsync(RunArtifacts.Container, file, cancellationToken);
        await _stores.Metrics.RemoveAsync(run.Id, cancellationToken);
        // Its row stays until the end and must be readable as long: it names no parts any more when they go.
        await TryUpdateAsync(run.Id, r => r.PurgedAt == claimed && !r.Pieces.IsNone ? r.Emptied() : null, cancellationToken);
        if ((await _stores.Runs.FindAsync(run.Id, cancellationToken))?.PurgedAt == claimed)
            await _stores.Runs.Parts.RemoveAllAsync(run.Id, cancellationToken);
        RunDocument? removed = await TryUpdateAsync(run.Id, r => r.PurgedAt == claimed ? r with { IsRemoved = true } : null, cancellationToken);
        return removed is null or { IsRemoved: true };
    }

    /// <summary>Null for a run that is not there.</summary>
    private async Task<RunDocument?> TryUpdateAsync(string runId, Func<RunDocument, RunDocument?> change, CancellationToken cancellationToken)
    {
        try
        {
            return await _updates.UpdateAsync(runId, change, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "run-missing")
        {
            return null;
        }
    }
}
