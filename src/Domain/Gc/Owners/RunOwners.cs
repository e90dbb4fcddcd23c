using MlOps.Domain.Experiments.Purging;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Files of runs: of one that is there, deleted or not, or that a model version names.</summary>
internal sealed class RunOwners(ExperimentPurge purge, Func<Task<RunReferences>> readReferences) : IFileOwners
{
    private RunReferences? _references;
    private (string Id, bool IsThere) _last = ("", false);

    public string Container => ExperimentPurge.RunFiles;

    public bool IsWrittenByWhoRefers => false;

    public string OwnerOf(string path) => BlobPaths.First(path);

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken)
    {
        string run = BlobPaths.First(path);
        if (_last.Id != run)
            _last = (run, await purge.HasRunAsync(run, cancellationToken) || (_references ??= await readReferences()).Names(run));
        return _last.IsThere;
    }
}
