namespace MlOps.Domain.Storage;

/// <summary>
/// Byte streams by container (3 to 63 of <c>a-z 0-9 -</c>) and path (segments joined by <c>/</c>; no empty, <c>.</c> or <c>..</c>
/// segment, no backslash, no control character; at most 1,024 bytes in all). A blob is visible whole or not at all.
/// Errors are <see cref="MlOpsException"/>: NotFound <c>blob-missing</c>, Conflict <c>blob-exists</c> / <c>blob-changed</c>,
/// Invalid <c>blob-path</c>.
/// </summary>
public interface IBlobStore
{
    /// <summary>What is known of a blob, or null when there is none.</summary>
    Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken);

    /// <summary>Opens a blob, or <paramref name="range"/> of it, for reading. The content is that of one version even if it is replaced meanwhile.</summary>
    /// <exception cref="MlOpsException">NotFound <c>blob-missing</c>; Invalid <c>blob-range</c> when the range begins past the end.</exception>
    Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the whole stream with bounded memory. Until the task completes, readers see the earlier state; if it fails or is
    /// cancelled nothing is left behind.
    /// </summary>
    Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken);

    /// <summary>Every blob whose path begins with the prefix, in ordinal order of the path.</summary>
    IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, CancellationToken cancellationToken);

    /// <summary>Those of <see cref="ListAsync(string, string, CancellationToken)"/> behind a path, in the same order. A store that can begin there does; others pass over what comes before.</summary>
    /// <param name="after">Need not be the path of a blob that is there.</param>
    IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, string after, CancellationToken cancellationToken) =>
        ListAsync(container, prefix, cancellationToken).SkipWhile(blob => string.CompareOrdinal(blob.Path, after) <= 0);

    /// <summary>Deletes a blob; false if there was none.</summary>
    /// <exception cref="MlOpsException">Conflict <c>blob-changed</c>: its ETag is not <paramref name="ifMatch"/>.</exception>
    Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken);

    /// <summary>A URL that reads the blob for the given time without other credentials, or null where the store has no such thing.</summary>
    /// <param name="fileName">What a browser saves it as.</param>
    Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken);
}

/// <summary>Bytes from <paramref name="Offset"/>; to the end when <paramref name="Length"/> is null or reaches past it.</summary>
public readonly record struct BlobRange(long Offset, long? Length = null);

/// <summary>A blob's path, size in bytes, opaque version, time of last change, and the caller's metadata.</summary>
public sealed record BlobInfo(string Path, long Size, string ETag, DateTimeOffset Modified, IReadOnlyDictionary<string, string> Metadata);

/// <summary>How to write.</summary>
/// <param name="Metadata">Names <c>[a-z][a-z0-9_]*</c>, ASCII values, 8 KiB in all.</param>
/// <param name="CreateOnly">Conflict <c>blob-exists</c> when there is one already.</param>
/// <param name="IfMatch">Conflict <c>blob-changed</c> unless the blob exists with this ETag.</param>
public sealed record BlobWriteOptions(IReadOnlyDictionary<string, string>? Metadata = null, bool CreateOnly = false, string? IfMatch = null)
{
    public static readonly BlobWriteOptions Default = new();

    public static readonly BlobWriteOptions Create = new(CreateOnly: true);
}
