using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Datasets;

/// <summary>
/// Container <c>datasets</c>: <c>sha256/ab/[digest]</c> holds the bytes of versions and their profiles, <c>incoming/</c> uploads that
/// cannot be read twice, until they are checked.
/// </summary>
internal sealed class DatasetBlobs(IBlobStore blobs, TimeProvider time)
{
    public const string Container = "datasets";
    public const string ContentPrefix = "sha256/";
    public const string IncomingPrefix = "incoming/";

    private static long s_incoming;

    public static string PathOf(string digest) => $"{ContentPrefix}{digest[..2]}/{digest}";

    public Task<Stream> OpenAsync(string digest, CancellationToken cancellationToken) =>
        blobs.OpenReadAsync(Container, PathOf(digest), null, cancellationToken);

    public Task<Stream> OpenAsync(string digest, BlobRange range, CancellationToken cancellationToken) =>
        blobs.OpenReadAsync(Container, PathOf(digest), range, cancellationToken);

    public async Task<Download> DownloadAsync(string digest, string fileName, CancellationToken cancellationToken) => await Download.OfAsync(
        await OpenAsync(digest, cancellationToken), () => blobs.DownloadUrlAsync(Container, PathOf(digest), Download.Lifetime, fileName, cancellationToken));

    /// <summary>Stores content under the digest it was found to have; a stream that says something else this time is refused.</summary>
    public async Task<long> WriteAsync(string digest, Stream content, CancellationToken cancellationToken)
    {
        // Written even where it exists: garbage collection spares what is young, and an orphan of the same digest may be old.
        await using var hashing = new HashingStream(content, digest);
        BlobInfo info = await blobs.WriteAsync(Container, PathOf(digest), hashing, BlobWriteOptions.Default, cancellationToken);
        return info.Size;
    }

    public async Task<string> WriteProfileAsync(TableProfile profile, CancellationToken cancellationToken)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(profile, WorkflowJson.Options);
        string digest = Convert.ToHexStringLower(SHA256.HashData(json));
        await WriteAsync(digest, new MemoryStream(json), cancellationToken);
        return digest;
    }

    public async Task<TableProfile> ReadProfileAsync(string digest, CancellationToken cancellationToken)
    {
        await using Stream stream = await OpenAsync(digest, cancellationToken);
        return (await JsonSerializer.DeserializeAsync<TableProfile>(stream, WorkflowJson.Options, cancellationToken))!;
    }

    /// <summary>Stores an upload until it is checked; returns its path.</summary>
    public async Task<string> WriteIncomingAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        long number = Interlocked.Increment(ref s_incoming);
        string path = IncomingPrefix + string.Create(CultureInfo.InvariantCulture, $"{name}/{time.GetUtcNow().UtcTicks:D19}-{Environment.ProcessId}-{number}");
        await blobs.WriteAsync(Container, path, content, BlobWriteOptions.Create, cancellationToken);
        return path;
    }

    public Task<Stream> OpenIncomingAsync(string path, CancellationToken cancellationToken) =>
        blobs.OpenReadAsync(Container, path, null, cancellationToken);

    public Task<bool> DeleteAsync(string path, string? ifMatch, CancellationToken cancellationToken) =>
        blobs.DeleteAsync(Container, path, ifMatch, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken) => blobs.ListAsync(Container, prefix, cancellationToken);
}
