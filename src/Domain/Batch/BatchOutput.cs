using MlOps.Domain.Storage;

namespace MlOps.Domain.Batch;

/// <summary>The output of a batch that has ended, all of it.</summary>
public sealed class BatchOutput
{
    private readonly BatchBlobs _blobs;

    internal BatchOutput(BatchManifest manifest, BatchBlobs blobs) => (Manifest, _blobs) = (manifest, blobs);

    public BatchManifest Manifest { get; }

    /// <summary>Bytes of <see cref="OpenAll"/>.</summary>
    public long Length => Manifest.Parts.Sum(p => p.Bytes) - (Manifest.HeaderBytes * Math.Max(0L, Manifest.Parts.Count - 1));

    /// <summary>All parts as one file, with one header. Read forwards only.</summary>
    public Stream OpenAll() => new JoinedStream(Manifest.Parts.Select((part, number) =>
    {
        int skipped = number == 0 ? 0 : Manifest.HeaderBytes;
        return new StreamPart(part.Bytes - skipped, token => _blobs.OpenAsync(Manifest.Id, part.Name, new BlobRange(skipped), token));
    }));
}

/// <summary>One file of a batch that has ended: a part with predictions or rejected rows, or the manifest.</summary>
public sealed class BatchFile
{
    /// <summary>Long enough to begin a download of any size, which goes on when it runs out.</summary>
    private static readonly TimeSpan LinkLife = TimeSpan.FromMinutes(15);

    private readonly string _id;
    private readonly BatchBlobs _blobs;

    internal BatchFile(string id, string name, BatchBlobs blobs) => (_id, Name, _blobs) = (id, name, blobs);

    public string Name { get; }

    public Task<Stream> OpenAsync(CancellationToken cancellationToken) => _blobs.OpenAsync(_id, Name, null, cancellationToken);

    /// <summary>Where it can be had without us, for a while; null where the store has no such thing.</summary>
    public Task<Uri?> LinkAsync(CancellationToken cancellationToken) => _blobs.LinkAsync(_id, Name, LinkLife, cancellationToken);
}
