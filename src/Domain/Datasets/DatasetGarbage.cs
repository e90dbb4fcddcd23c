using MlOps.Domain.Storage;

namespace MlOps.Domain.Datasets;

/// <summary>Finds blobs that no version refers to: what a crash between blob and row, or in an upload, leaves.</summary>
internal sealed class DatasetGarbage(DatasetsTable rows, DatasetBlobs blobs)
{
    public async Task<int> CollectAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        int deleted = await DeleteAsync(DatasetBlobs.IncomingPrefix, before, new HashSet<string>(), cancellationToken);
        IReadOnlySet<string> used = await NamedAsync(cancellationToken);
        return deleted + await DeleteAsync(DatasetBlobs.ContentPrefix, before, used, cancellationToken);
    }

    private async Task<int> DeleteAsync(string prefix, DateTimeOffset before, IReadOnlySet<string> used, CancellationToken cancellationToken)
    {
        int deleted = 0;
        await foreach (BlobInfo blob in blobs.ListAsync(prefix, cancellationToken))
        {
            if (blob.Modified > before || used.Contains(blob.Path))
                continue;
            if (await TryDeleteAsync(blob, cancellationToken))
                deleted++;
        }

        return deleted;
    }

    private async Task<bool> TryDeleteAsync(BlobInfo blob, CancellationToken cancellationToken)
    {
        try
        {
            return await blobs.DeleteAsync(blob.Path, blob.ETag, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "blob-changed")
        {
            // An addition has just written it again, and is about to refer to it.
            return false;
        }
    }

    /// <summary>Paths of the files that versions refer to.</summary>
    public async Task<IReadOnlySet<string>> NamedAsync(CancellationToken cancellationToken)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        await foreach (string name in rows.ListNamesAsync(cancellationToken))
        {
            await foreach (DatasetRow row in rows.ListAsync(name, cancellationToken))
                used.UnionWith([DatasetBlobs.PathOf(row.Version.Digest), DatasetBlobs.PathOf(row.ProfileDigest)]);
        }

        return used;
    }
}
