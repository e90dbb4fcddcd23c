using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

public class ChiSquareTests
{
    [Theory]
    [InlineData(new long[] { 10, 20, 30 }, new long[] { 20, 20, 20 }, 5.333333333333334, 2, 0.0694834512228015, 0.21081851067789195)]
    [InlineData(new long[] { 100, 0, 5, 7 }, new long[] { 80, 3, 9, 2 }, 7.628283760312637, 3, 0.0543523118282367, 0.1924331148499084)]
    [InlineData(new long[] { 50, 50 }, new long[] { 30, 70 }, 8.333333333333334, 1, 0.003892417122778637, 0.2041241452319315)]
    public void Homogeneity_EqualsScipy(long[] a, long[] b, double statistic, int degrees, double p, double v)
    {
        ChiSquareResult result = ChiSquare.Homogeneity(a, b);
        Assert.Equal(statistic, result.Statistic, 1e-12);
        Assert.Equal(degrees, result.DegreesOfFreedom);
        Assert.Equal(1, result.PValue / p, 1e-11);
        Assert.Equal(v, result.CramersV, 1e-12);
    }

    [Fact]
    public void Homogeneity_OneLevel_IsNoDifference() =>
        Assert.Equal(new ChiSquareResult(0, 0, 1, 0), ChiSquare.Homogeneity([10, 0], [20, 0]));

    [Fact]
    public void Homogeneity_EmptySide_IsAnError() => Assert.Throws<ArgumentException>(() => ChiSquare.Homogeneity([1, 2], [0, 0]));

    [Fact]
    public void Homogeneity_UnseenLevelInSmallSample_IsNotCertainDrift() =>
        Assert.True(ChiSquare.Homogeneity([150, 150, 0], [149, 150, 1]).PValue > 0.5);

    [Fact]
    public void PoolRare_RareLevels_BecomeOne()
    {
        (long[] a, long[] b) = ChiSquare.PoolRare([100, 3, 4, 50], [90, 4, 3, 55]);
        Assert.Equal([100, 50, 7], a);
        Assert.Equal([90, 55, 7], b);
    }

    [Fact]
    public void PoolRare_RestTooSmall_TakesTheNextLevel()
    {
        (long[] a, long[] b) = ChiSquare.PoolRare([100, 2, 6], [100, 1, 6]);
        Assert.Equal([100, 8], a);
        Assert.Equal([100, 7], b);
    }

    [Fact]
    public void PoolRare_AnyCounts_KeepsTotalsAndReachesTheMinimum() => Prop.ForAll(Counts(), counts =>
    {
        long[] a = [.. counts.Select(c => (long)c.A)], b = [.. counts.Select(c => (long)c.B)];
        if (a.Sum() == 0 || b.Sum() == 0)
            return true;
        (long[] pooledA, long[] pooledB) = ChiSquare.PoolRare(a, b);
        double share = (double)Math.Min(a.Sum(), b.Sum()) / (a.Sum() + b.Sum());
        return pooledA.Sum() == a.Sum() && pooledB.Sum() == b.Sum()
            && (pooledA.Length == 1 || pooledA.Zip(pooledB).All(level => (level.First + level.Second) * share >= 5));
    }).QuickCheckThrowOnFailure();

    private static Arbitrary<(int A, int B)[]> Counts() =>
        Gen.Choose(0, 30).SelectMany(a => Gen.Choose(0, 30).Select(b => (a, b))).ArrayOf().ToArbitrary();
}
