using MlOps.Domain.Datasets;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Files of data sets: content and profiles of versions that are there. What is arriving is nobody's until it is checked.</summary>
internal sealed class DatasetOwners(DatasetCatalog datasets) : IFileOwners
{
    private IReadOnlySet<string>? _named;

    public string Container => DatasetCatalog.Container;

    public bool IsWrittenByWhoRefers => true;

    /// <summary>Each by itself.</summary>
    public string OwnerOf(string path) => path;

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken) =>
        !DatasetCatalog.IsArriving(path) && (_named ??= await datasets.NamedFilesAsync(cancellationToken)).Contains(path);
}
