using MlOps.Domain.Batch;

namespace MlOps.Domain.Gc.Owners;

/// <summary>Files of batch predictions: of one that is noted. How long their output is kept says each itself.</summary>
internal sealed class BatchOwners(BatchPredictions batches) : IFileOwners
{
    private (string Id, bool IsThere) _last = ("", false);

    public string Container => BatchPredictions.Container;

    public bool IsWrittenByWhoRefers => false;

    public string OwnerOf(string path) => BlobPaths.First(path);

    /// <summary>Somebody may have been given the address of an output.</summary>
    public bool IsOurs(string path) => false;

    public async ValueTask<bool> IsOwnedAsync(string path, CancellationToken cancellationToken)
    {
        string batch = BlobPaths.First(path);
        if (_last.Id != batch)
            _last = (batch, await batches.ExistsAsync(batch, cancellationToken));
        return _last.IsThere;
    }
}
