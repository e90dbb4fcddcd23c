using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Gc;

/// <summary>A real store with something that happens in between.</summary>
internal abstract class ForwardingBlobs(IBlobStore inner) : IBlobStore
{
    public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken) => inner.FindAsync(container, path, cancellationToken);

    public virtual Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken) => inner.OpenReadAsync(container, path, range, cancellationToken);

    public virtual Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken) =>
        inner.WriteAsync(container, path, content, options, cancellationToken);

    public virtual IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, CancellationToken cancellationToken) => inner.ListAsync(container, prefix, cancellationToken);

    public virtual Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken) => inner.DeleteAsync(container, path, ifMatch, cancellationToken);

    public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken) =>
        inner.DownloadUrlAsync(container, path, lifetime, fileName, cancellationToken);
}

/// <summary>Once a blob has been written, and before its writer knows, something happens.</summary>
internal sealed class AfterWriting(IBlobStore inner, Func<Task> happens) : ForwardingBlobs(inner)
{
    public override async Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        BlobInfo written = await base.WriteAsync(container, path, content, options, cancellationToken);
        await happens();
        return written;
    }
}

/// <summary>Once all files of a container have been listed, something happens to it.</summary>
internal sealed class BeforeTheSecondLook(IBlobStore inner, string container, Func<Task> happens) : ForwardingBlobs(inner)
{
    public override async IAsyncEnumerable<BlobInfo> ListAsync(string listed, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobInfo file in base.ListAsync(listed, prefix, cancellationToken))
            yield return file;
        if (listed == container && prefix.Length == 0)
            await happens();
    }
}

/// <summary>Dies after so many deletions, as a process does.</summary>
internal sealed class BreaksOff(IBlobStore inner, int deletions) : ForwardingBlobs(inner)
{
    private int _left = deletions;

    public override Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken) =>
        _left-- > 0 ? base.DeleteAsync(container, path, ifMatch, cancellationToken) : throw new InvalidOperationException("the process is killed");
}

/// <summary>Has a blob that cannot be read.</summary>
internal sealed class Unreadable(IBlobStore inner, string damaged) : ForwardingBlobs(inner)
{
    public override Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken) =>
        path == damaged ? throw MlOpsException.Unavailable("blob-corrupt", "a disk is broken") : base.OpenReadAsync(container, path, range, cancellationToken);
}

/// <summary>Has a blob that cannot be deleted.</summary>
internal sealed class Stuck(IBlobStore inner, string stuck) : ForwardingBlobs(inner)
{
    public override Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken) =>
        path == stuck ? throw MlOpsException.Unavailable("store-away", "a disk is broken") : base.DeleteAsync(container, path, ifMatch, cancellationToken);
}

/// <summary>Has a blob in a container that cannot be read.</summary>
internal sealed class Damaged(IBlobStore inner, string container) : ForwardingBlobs(inner)
{
    public override IAsyncEnumerable<BlobInfo> ListAsync(string listed, string prefix, CancellationToken cancellationToken) =>
        base.ListAsync(listed, prefix, cancellationToken).Concat(AsyncEnumerable.Range(0, listed == container ? 1 : 0).Select<int, BlobInfo>(_ => throw MlOpsException.Unavailable("blob-damaged", "a blob is damaged")));
}
