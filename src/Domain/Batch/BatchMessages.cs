using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

/// <summary>What the workflow must know of a batch; the rest stands in its row.</summary>
public sealed record BatchInput(string Id, int Parallel, int Retries, bool Saves);

/// <summary>The plan's size; the ranges themselves lie in blobs, one a group.</summary>
public sealed record BatchSize(long Rows, int Parts);

/// <summary>Neighbouring partitions that are scored under one sub-workflow.</summary>
public sealed record BatchGroup(string Id, int Group, int FirstPart, int Parts, int Parallel, int Retries)
{
    /// <summary>Partitions a group: as many as a history holds well.</summary>
    internal const int MostParts = 64;

    internal static int CountOf(int parts) => (parts + MostParts - 1) / MostParts;
}

public sealed record PartInput(string Id, int Part);

/// <summary>Partitions that are done, in sum.</summary>
public sealed record PartsDone(int Parts, long Rows, long Rejected)
{
    internal static readonly PartsDone None = new(0, 0, 0);

    internal PartsDone Plus(PartsDone other) => new(Parts + other.Parts, Rows + other.Rows, Rejected + other.Rejected);
}

/// <summary>How far a batch is. Partitions of open groups are counted by their rows.</summary>
/// <param name="Done">Of the groups that have ended.</param>
public sealed record BatchStatus(BatchSize Size, PartsDone Done, IReadOnlyList<int> Open);

internal static class BatchSteps
{
    public const string Plan = "batch-plan";
    public const string Score = "batch-score";
    public const string Finish = "batch-finish";
    public const string Save = "batch-save";

    public static RetryPolicy Retry(int retries) => new(retries + 1, TimeSpan.FromSeconds(1));
}
