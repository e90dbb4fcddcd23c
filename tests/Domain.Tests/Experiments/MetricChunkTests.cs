using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public class MetricChunkTests
{
    [Fact]
    public void Unpack_OfPack_IsTheSamePoints()
    {
        Prop.ForAll<Tuple<long, long, double>[]>(raw =>
        {
            LatestMetric[] points = [.. raw.Select(r => new LatestMetric(r.Item3, r.Item1, r.Item2))];
            return MetricChunk.Unpack(MetricChunk.Pack(points)).SequenceEqual(points);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Pack_MostPointsAtWorst_FitsAProperty()
    {
        LatestMetric[] points = [.. Enumerable.Range(0, MetricChunk.MaxPoints).Select(i => i % 2 == 0
            ? new LatestMetric(double.MinValue, long.MaxValue / 2, long.MaxValue / 2)
            : new LatestMetric(double.MaxValue, long.MinValue / 2, long.MinValue / 2))];

        byte[] packed = MetricChunk.Pack(points);

        Assert.InRange(packed.Length, 1, EntityLimits.PropertyBytes);
        Assert.Equal(points, MetricChunk.Unpack(packed));
    }

    [Fact]
    public void Pack_RegularSeries_TakesAboutTenBytesAPoint()
    {
        LatestMetric[] points = [.. Enumerable.Range(0, 1_000).Select(i => new LatestMetric(0.1 * i, i, 1_700_000_000_000 + (i * 40)))];

        Assert.InRange(MetricChunk.Pack(points).Length, 8_000, 11_000);
    }
}
