namespace MlOps.Domain.Storage;

/// <summary>What several slices do with a blob store, written once on the port.</summary>
public static class BlobStoreExtensions
{
    /// <summary>Deletes a blob as it was listed; false when it was written again since, or is gone.</summary>
    public static async Task<bool> TryDeleteAsync(this IBlobStore blobs, string container, BlobInfo listed, CancellationToken cancellationToken)
    {
        try
        {
            return await blobs.DeleteAsync(container, listed.Path, listed.ETag, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code is "blob-changed" or "blob-missing")
        {
            return false;
        }
    }
}
