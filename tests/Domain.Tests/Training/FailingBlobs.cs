using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Training;

/// <summary>A blob store whose n-th write fails, once.</summary>
/// <param name="error">Null: the disk is full.</param>
internal sealed class FailingBlobs(IBlobStore inner, int failAt, Exception? error = null) : IBlobStore
{
    private int _writes;

    public bool Failed { get; private set; }

    public Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        if (++_writes != failAt)
            return inner.WriteAsync(container, path, content, options, cancellationToken);
        Failed = true;
        throw error ?? new IOException("disk full");
    }

    public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken) => inner.FindAsync(container, path, cancellationToken);

    public Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken) =>
        inner.OpenReadAsync(container, path, range, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, CancellationToken cancellationToken) => inner.ListAsync(container, prefix, cancellationToken);

    public Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken) =>
        inner.DeleteAsync(container, path, ifMatch, cancellationToken);

    public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken) =>
        inner.DownloadUrlAsync(container, path, lifetime, fileName, cancellationToken);
}
