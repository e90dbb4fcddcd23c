using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments;

namespace MlOps.Domain.Tests.Experiments;

public sealed class PackedPointsTests
{
    [Fact]
    public void Add_AnyPointsAfterAnyThatWereRead_IsAsAllPackedAtOnce() => Prop.ForAll<(long S, long T, double V)[], int>((raw, cut) =>
    {
        LatestMetric[] points = [.. raw.Select(r => new LatestMetric(r.V, r.S, r.T))];
        int split = points.Length == 0 ? 0 : (int)((uint)cut % (uint)points.Length);

        var packed = PackedPoints.Read(PackedPoints.Of(points[..split]).Bytes);
        foreach (LatestMetric point in points[split..])
            packed.Add(point);

        Assert.Equal(MetricChunk.Pack(points), packed.Bytes.ToArray());
        Assert.Equal(points, packed.Unpack());
        Assert.Equal(points.Length, packed.Count);
        Assert.Equal(points.Zip(points.Skip(1)).All(p => p.First.CompareTo(p.Second) <= 0), packed.IsInOrder);
        Assert.Equal(points.FirstOrDefault(), packed.First);
    }).QuickCheckThrowOnFailure();
}
