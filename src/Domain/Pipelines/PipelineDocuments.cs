using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Pipelines;

/// <summary>Pipeline documents by digest, in container <c>pipelines</c>. A document never changes, so its spec is parsed once.</summary>
internal sealed class PipelineDocuments(IBlobStore blobs, PipelineParser parser)
{
    public const string Container = "pipelines";

    /// <summary>One that is older is written again by who refers to it anew, so that gc does not take it for one that nobody refers to.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(12);
    private const int MaxCached = 256;

    private readonly ConcurrentDictionary<string, PipelineSpec> _specs = new(StringComparer.Ordinal);

    /// <returns>The digest.</returns>
    public async Task<string> SaveAsync(string yaml, DateTimeOffset now, CancellationToken cancellationToken)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(yaml);
        string digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (await blobs.FindAsync(Container, PathOf(digest), cancellationToken) is { } known && now - known.Modified < Fresh)
            return digest;
        using var content = new MemoryStream(bytes);
        await blobs.WriteAsync(Container, PathOf(digest), content, BlobWriteOptions.Default, cancellationToken);
        return digest;
    }

    public async Task<string> ReadAsync(string digest, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(await blobs.OpenReadAsync(Container, PathOf(digest), null, cancellationToken), Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    public async Task<PipelineSpec> LoadAsync(string digest, CancellationToken cancellationToken)
    {
        if (_specs.TryGetValue(digest, out PipelineSpec? known))
            return known;
        PipelineSpec spec = parser.Parse(await ReadAsync(digest, cancellationToken), $"document {digest[..12]}");
        if (_specs.Count >= MaxCached)
            _specs.Clear();
        return _specs[digest] = spec;
    }

    public static string PathOf(string digest) => $"documents/{digest}.yaml";
}
