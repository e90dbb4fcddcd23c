using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Serving;

namespace MlOps.Domain.Tests.Serving;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Quantile_OfAnySample_IsTheNearestRankToNinePercent() =>
        Prop.ForAll(Gen.Choose(1, 100_000_000).NonEmptyListOf().ToArbitrary(), micros =>
        {
            var histogram = new LatencyHistogram();
            foreach (int m in micros)
                histogram.Add(TimeSpan.FromMicroseconds(m));
            int[] sorted = [.. micros.Order()];
            return new[] { 0.5, 0.95, 0.99 }.All(q =>
            {
                double exact = sorted[Math.Max(0, (int)Math.Ceiling(q * sorted.Length) - 1)];
                double ratio = histogram.Quantile(q)!.Value.TotalMicroseconds / exact;
                return ratio is > 0.89 and < 1.11;
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void FromBytes_OfToBytes_IsTheSame() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ListOf().ToArbitrary(), ticks =>
        {
            var histogram = new LatencyHistogram();
            foreach (int t in ticks)
                histogram.Add(TimeSpan.FromTicks(t));
            var back = LatencyHistogram.FromBytes(histogram.ToBytes());
            return back.Count == histogram.Count && back.ToBytes().SequenceEqual(histogram.ToBytes());
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(1e12)]
    public void Add_OutOfRange_CountsInTheOutermostBucket(double microseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromMicroseconds(microseconds));

        Assert.Equal(1, histogram.Count);
        Assert.NotNull(histogram.Quantile(0.5));
    }
}
