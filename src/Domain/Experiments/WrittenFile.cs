using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Whether a file that was written to a run, a logged model or a trace stays there: garbage collection may have removed it meanwhile. Whoever is told nothing has
/// stored it. A run is claimed before its files are listed, and stays claimed until the last of them is gone
/// (<see cref="Purging.ExperimentPurge"/>): as long as it is seen unclaimed, no removal has listed the file that goes on. One that was
/// finished before, or given up, deleted what it deletes before the run was seen so, be it the same or one that was begun anew by that
/// id: the file is looked for after the run. What is left of one that is refused belongs to no run, and goes a day later.
/// Of models only deleted ones are removed, which nothing restores; of one of an experiment that is removed, as of a trace, a file that was
/// whole while it was there may go with it.
/// </summary>
internal sealed class WrittenFile(IBlobStore blobs, RunsTable runs, FolderOwners owners)
{
    /// <param name="blobPath">In the container of runs' files.</param>
    /// <param name="path">As its writer calls it.</param>
    /// <param name="isForeign">Whether a client wrote it, whom a run that is deleted refuses.</param>
    /// <exception cref="MlOpsException">NotFound <c>run-missing</c>, <c>artifact-missing</c>; Conflict <c>run-deleted</c>.</exception>
    public async Task CheckKeptAsync(string runId, string blobPath, string path, bool isForeign, CancellationToken cancellationToken)
    {
        if (await runs.FindHeadAsync(runId, cancellationToken) is not { IsPurged: false } run)
            throw MlOpsException.NotFound("run-missing", $"run '{runId}' is removed for good, or was, while '{path}' was written to it: log it to another");
        if (isForeign && run.IsDeleted)
            throw MlOpsException.Conflict("run-deleted", $"run '{runId}' was deleted while '{path}' was written to it: restore it and write the file again, or log it to another");
        if (await blobs.FindAsync(RunArtifacts.Container, blobPath, cancellationToken) is null)
            throw Removed(path, $"run '{runId}'");
    }

    /// <param name="owner">As it was before.</param>
    /// <param name="path">In the artifact tree.</param>
    /// <exception cref="MlOpsException">NotFound <c>logged-model-missing</c>, <c>trace-missing</c>, <c>artifact-missing</c>.</exception>
    public async Task CheckKeptAsync(FolderOwner owner, string path, CancellationToken cancellationToken)
    {
        if (await owners.FindAsync(path, cancellationToken) is not { IsDeleted: false })
            throw owner.Missing($"was deleted while '{path}' was written to it: log it to another");
        if (await blobs.FindAsync(ArtifactTree.Container, path, cancellationToken) is null)
            throw Removed(path, $"{owner.What} '{owner.Id}'");
    }

    private static MlOpsException Removed(string path, string from) => MlOpsException.NotFound("artifact-missing", $"'{path}' was removed from {from} while it was written: write it again");
}
