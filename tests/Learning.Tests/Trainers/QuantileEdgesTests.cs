using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

public sealed class QuantileEdgesTests
{
    [Fact]
    public void Of_AnySample_EdgesAscendAndBinsKeepTheOrder()
    {
        var cases = Gen.Zip(Gen.Choose(1, 100_000), Gen.Choose(2, 255));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var random = new SeededRandom((ulong)c.Item1);
            double[] sample = [.. Enumerable.Range(0, 500).Select(_ => random.NextDouble() < 0.3 ? random.Next(3) : random.NextGaussian())];
            double[] edges = QuantileEdges.Of(sample, c.Item2);
            var bins = new NumberBins(edges);
            Assert.InRange(bins.Count, 2, c.Item2);
            Assert.All(edges.Zip(edges.Skip(1)), pair => Assert.True(pair.First < pair.Second));
            Assert.All(sample.Zip(sample.Skip(1)), pair => Assert.True(bins.BinOf(pair.First) <= bins.BinOf(pair.Second)));
            Assert.Equal(bins.Count, sample.Select(bins.BinOf).Distinct().Count());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Of_EvenValues_FillsBinsEvenly()
    {
        double[] sample = [.. Enumerable.Range(0, 1_000).Select(i => (double)i)];
        var bins = new NumberBins(QuantileEdges.Of(sample, 10));
        Assert.All(sample.CountBy(bins.BinOf), bin => Assert.InRange(bin.Value, 99, 101));
    }

    [Fact]
    public void Of_HeavyTie_SharesItsBinWithLessThanHalfABin()
    {
        double[] sample = [.. Enumerable.Range(0, 1_000).Select(i => i % 2 == 0 ? 0.5 : i / 1_000.0)];
        var bins = new NumberBins(QuantileEdges.Of([.. sample], 8));
        Assert.InRange(sample.Count(v => bins.BinOf(v) == bins.BinOf(0.5)), 500, 500 + (500 / 7 / 2));
        Assert.Equal(8, bins.Count);
    }

    [Fact]
    public void BinOf_NeighbouringDoubles_AreApart()
    {
        double next = Math.BitIncrement(1.0);
        var bins = new NumberBins(QuantileEdges.Of([1.0, next], 255));
        Assert.Equal([0, 1, 2], new[] { bins.BinOf(1.0), bins.BinOf(next), bins.BinOf(double.NaN) }.Select(b => (int)b));
    }
}
