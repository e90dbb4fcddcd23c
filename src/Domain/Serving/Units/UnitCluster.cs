using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Serving.Units;

/// <summary>
/// Which of a fixed number of clusters a unit belongs to, by its hash: units are independent of each other, so sums over the units of a
/// cluster are too, and the spread of the clusters tells the variance of a mean over rows or requests of any number of units in constant memory
/// (<see cref="MlOps.Learning.Statistics.ClusterSums"/>).
/// </summary>
public static class UnitCluster
{
    /// <summary>Enough for a variance to be known to a sixteenth, and few enough to count by in each second.</summary>
    public const int Count = 512;

    /// <summary>Another hash than that of the buckets: units of one version must not share clusters more than others do.</summary>
    private static readonly ulong Salted = StickyBucket.Begin("cluster");

    public static int Of(ReadOnlySpan<char> unit) => (int)(StickyBucket.End(StickyBucket.Add(Salted, unit)) % Count);

    /// <summary>Of a row of the log: its unit, or else its request.</summary>
    public static int Of(LoggedPrediction row) => row.Arrival.UnitCluster > 0 ? row.Arrival.UnitCluster - 1 : Of(row.RequestId);
}
