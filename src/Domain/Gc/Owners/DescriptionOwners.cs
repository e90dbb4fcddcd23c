using MlOps.Domain.Experiments.Purging;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Descriptions of data sets: those that a run of their experiment names. Those of a deleted experiment go with it.</summary>
/// <param name="goOn">Called now and then.</param>
internal sealed class DescriptionOwners(ExperimentPurge purge, Func<Task> goOn) : IFileOwners
{
    private (string Experiment, IReadOnlySet<string>? Named) _last = ("", null);

    public string Container => ExperimentPurge.Descriptions;

    public bool IsWrittenByWhoRefers => true;

    public string OwnerOf(string path) => BlobPaths.First(path);

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken)
    {
        string experiment = BlobPaths.First(path);
        if (_last.Experiment != experiment)
            _last = (experiment, await purge.NamedDescriptionsAsync(experiment, goOn, cancellationToken));
        return _last.Named?.Contains(path) != false;
    }
}
