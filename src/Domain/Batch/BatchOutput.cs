using MlOps.Domain.Storage;

namespace MlOps.Domain.Batch;

/// <summary>The output of a batch that has ended.</summary>
public sealed class BatchOutput
{
    /// <summary>Long enough to begin a download of any size, which goes on when it runs out.</summary>
    private static readonly TimeSpan LinkLife = TimeSpan.FromMinutes(15);

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

    /// <summary>One part with predictions or rejected rows, or the manifest.</summary>
    /// <exception cref="MlOpsException">NotFound <c>batch-part-missing</c>.</exception>
    public Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) => _blobs.OpenAsync(Manifest.Id, Check(name), null, cancellationToken);

    /// <summary>Where one part can be had without us, for a while; null where the store has no such thing.</summary>
    /// <exception cref="MlOpsException">NotFound <c>batch-part-missing</c>.</exception>
    public Task<Uri?> LinkAsync(string name, CancellationToken cancellationToken) => _blobs.LinkAsync(Manifest.Id, Check(name), LinkLife, cancellationToken);

    private string Check(string name)
    {
        if (name == BatchBlobs.Manifest || Manifest.Parts.Any(p => p.Name == name || p.RejectedName == name))
            return name;
        throw MlOpsException.NotFound(
            "batch-part-missing", $"batch prediction '{Manifest.Id}' has no part '{name}'; it has {Manifest.Parts.Count} parts, which its manifest lists");
    }
}
