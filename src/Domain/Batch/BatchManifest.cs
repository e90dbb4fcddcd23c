namespace MlOps.Domain.Batch;

/// <summary>What a batch gave, out of what: the index of its parts and their lineage.</summary>
/// <param name="Columns">Of each part, in order.</param>
/// <param name="HeaderBytes">Bytes of the header that each part begins with; 0 where the format has none.</param>
/// <param name="Rows">Rows scored.</param>
/// <param name="Rejected">Rows left out.</param>
public sealed record BatchManifest(
    string Id,
    string Model,
    int Version,
    string ModelDigest,
    string Dataset,
    string DatasetDigest,
    BatchFormat Format,
    IReadOnlyList<string> Columns,
    int HeaderBytes,
    long Rows,
    long Rejected,
    IReadOnlyList<BatchPart> Parts,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    string By);

/// <summary>One partition's output.</summary>
/// <param name="FirstRow">The first row of the data set in it, 1 for the first of all.</param>
/// <param name="Rows">Rows scored.</param>
/// <param name="Rejected">Rows left out; they are listed in <paramref name="RejectedName"/>.</param>
/// <param name="Digest">SHA-256 of its bytes.</param>
public sealed record BatchPart(string Name, long FirstRow, long Rows, long Bytes, string Digest, long Rejected, string? RejectedName);
