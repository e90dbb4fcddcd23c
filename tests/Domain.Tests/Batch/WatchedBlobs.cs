using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Batch;

/// <summary>A store that counts what is written, and can keep a write from its end or fail it.</summary>
internal sealed class WatchedBlobs(IBlobStore inner) : IBlobStore
{
    private readonly ConcurrentDictionary<string, int> _written = new();
    private readonly ConcurrentDictionary<string, int> _read = new();

    /// <summary>The name of the blob whose write does not end, until it is cancelled.</summary>
    public string? Held { get; set; }

    /// <summary>The name of the blob whose next write fails.</summary>
    public string? Failing { get; set; }

    /// <summary>Runs before blobs are listed.</summary>
    public Func<Task> Listing { get; set; } = () => Task.CompletedTask;

    /// <summary>Completes when the held write has begun.</summary>
    public TaskCompletionSource Holding { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often blobs of that name were written whole.</summary>
    public int Writes(string name) => _written.Where(w => Path.GetFileName(w.Key) == name).Sum(w => w.Value);

    public async Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        string name = Path.GetFileName(path);
        if (name == Failing)
        {
            Failing = null;
            throw MlOpsException.Unavailable("store-away", "the store is away");
        }

        if (name == Held)
        {
            Holding.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        BlobInfo info = await inner.WriteAsync(container, path, content, options, cancellationToken);
        _written.AddOrUpdate(path, 1, (_, n) => n + 1);
        return info;
    }

    public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken) => inner.FindAsync(container, path, cancellationToken);

    /// <summary>How often blobs of that name were opened.</summary>
    public int Reads(string name) => _read.Where(r => Path.GetFileName(r.Key) == name).Sum(r => r.Value);

    public Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken)
    {
        _read.AddOrUpdate(path, 1, (_, n) => n + 1);
        return inner.OpenReadAsync(container, path, range, cancellationToken);
    }

    public async IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Listing();
        await foreach (BlobInfo blob in inner.ListAsync(container, prefix, cancellationToken))
            yield return blob;
    }

    public Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken) => inner.DeleteAsync(container, path, ifMatch, cancellationToken);

    public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken) =>
        inner.DownloadUrlAsync(container, path, lifetime, fileName, cancellationToken);
}
