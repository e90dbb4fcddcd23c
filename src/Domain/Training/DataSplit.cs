namespace MlOps.Domain.Training;

/// <summary>Row numbers of each part, each row in at most one. Ascending, or in order of time when the split is by time.</summary>
public sealed record DataSplit(int[] Train, int[] Validation, int[] Test)
{
    /// <summary>All rows that are not held out, train before validation.</summary>
    public int[] Known => [.. Train, .. Validation];
}
