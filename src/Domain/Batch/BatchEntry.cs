using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Batch;

/// <summary>What is kept of a batch: what was asked for, what it was pinned to, and at last its result.</summary>
/// <param name="Dataset">Name and version, <c>telco@3</c>.</param>
/// <param name="Columns">The data set's columns that stand before the predictions.</param>
internal sealed record BatchEntry(
    string Id, BatchRequest Request, string Model, int Version, string Dataset, IReadOnlyList<string> Columns, DateTimeOffset At, string By)
{
    public BatchResult? Result { get; init; }

    /// <summary>When it was given up for deletion: no step touches it from then on.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Whether nothing is left to delete.</summary>
    public bool Gone { get; init; }

    /// <exception cref="MlOpsException">NotFound <c>batch-output-deleted</c>.</exception>
    public BatchEntry Kept() => DeletedAt is null ? this : throw MlOpsException.NotFound(
        "batch-output-deleted", $"the output of batch prediction '{Id}' was kept until {KeptUntil:O} and is deleted; start it again, with a larger keepDays if need be");

    /// <summary>Until when the output is kept: so many days from the end, or from the start where there was no good one.</summary>
    public DateTimeOffset KeptUntil => (Result?.EndedAt ?? At).AddDays(Request.KeepDays);
}

/// <summary>What came of a batch.</summary>
/// <param name="Rows">Rows scored.</param>
/// <param name="Rejected">Rows left out.</param>
/// <param name="Bytes">Of the parts with predictions.</param>
/// <param name="Digest">SHA-256 of the manifest.</param>
public sealed record BatchResult(long Rows, long Rejected, int Parts, long Bytes, string Digest, DateTimeOffset EndedAt)
{
    /// <summary>The data set version that the output became.</summary>
    public string? SavedAs { get; init; }
}

internal static class BatchIds
{
    /// <summary>The same key is the same batch.</summary>
    public static string Of(string key) => "batch-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];
}
