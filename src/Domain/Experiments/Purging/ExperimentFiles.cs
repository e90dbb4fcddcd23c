using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>Files that are an experiment's alone: its own folder of the artifact tree but for what lies in another's place, and its descriptions of data sets.</summary>
internal sealed record ExperimentFiles(IReadOnlyList<(string Container, BlobInfo File)> Files)
{
    public static async Task<ExperimentFiles> ListAsync(PurgeStores stores, Experiment experiment, CancellationToken cancellationToken)
    {
        List<(string, BlobInfo)> files = await stores.Blobs.ListAsync(RunInputs.Container, experiment.Id + "/", cancellationToken)
            .Select(file => (RunInputs.Container, file)).ToListAsync(cancellationToken);
        if (experiment.ArtifactLocation is null)
            files.AddRange((await InTreeAsync(stores, experiment.Id, cancellationToken)).Select(file => (ArtifactTree.Container, file)));
        return new ExperimentFiles(files);
    }

    /// <summary>The folder that is given to an experiment which asks for no place of its own: nobody else begins there, but one may have asked for a place in it.</summary>
    private static async Task<IEnumerable<BlobInfo>> InTreeAsync(PurgeStores stores, string folder, CancellationToken cancellationToken)
    {
        string[] asked = [.. (await stores.Experiments.ListAsync(cancellationToken)).Select(e => e.ArtifactLocation).OfType<string>().Select(ArtifactUris.PathOf).OfType<string>()];
        if (asked.Contains(folder))
            return [];
        string[] inside = [.. asked.Where(place => place.StartsWith(folder + "/", StringComparison.Ordinal)).Select(place => place + "/")];
        List<BlobInfo> files = await stores.Blobs.ListAsync(ArtifactTree.Container, folder + "/", cancellationToken).ToListAsync(cancellationToken);
        return files.Where(file => !Array.Exists(inside, place => file.Path.StartsWith(place, StringComparison.Ordinal)));
    }
}
