using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

/// <summary>Values and counts that come in clusters.</summary>
public sealed class ClusterTests
{
    [Fact]
    public void VarianceOfMean_OfClusters_IsThatOfTheRatioOfTheirSums()
    {
        var sums = new ClusterSums(3);
        foreach ((int cluster, double[] values) in new[] { (0, new[] { 1.0, 2, 3 }), (1, [7.0]), (2, [4.0, 4]) })
        {
            foreach (double value in values)
                sums.Add(cluster, value);
        }

        // 21 / 6, and residuals 6 - 3 x 3.5, 7 - 3.5, 8 - 2 x 3.5.
        const double Expected = 1.5 * ((4.5 * 4.5) + (3.5 * 3.5) + 1) / 36;
        Assert.Equal(3.5, sums.Rows.Mean, 12);
        Assert.Equal(3, sums.Distinct);
        Assert.Equal(Expected, sums.VarianceOfMean(1e-9, double.NaN, isShare: false), 12);
    }

    [Fact]
    public void VarianceOfMean_WhereEachValueIsAClusterOfItsOwn_IsTheIndependentOne()
    {
        (ClusterSums numbered, ClusterSums alone) = (new(4), new(4));
        double[] values = [3, 1, 4, 1];
        for (int i = 0; i < values.Length; i++)
        {
            numbered.Add(i, values[i]);
            alone.Add(ClusterSums.Alone, values[i]);
        }

        Assert.Equal((0.25, 0.25), (numbered.VarianceOfMean(0.25, 9, isShare: false), alone.VarianceOfMean(0.25, 9, isShare: false)));
    }

    [Fact]
    public void VarianceOfMean_OfFewClustersWithoutSpread_IsThatOfTheirNumberNotOfTheirValues()
    {
        var failing = new ClusterSums(8);
        for (int i = 0; i < 4; i++)
            failing.Add(i, new SampleMoments(1_000, 1, 0));

        double independent = SampleMoments.OfRate(4_000, 4_000).VarianceOfMean;

        Assert.InRange(failing.VarianceOfMean(independent, 0, isShare: true), 0.01, 0.5);
    }

    [Fact]
    public void DesignEffect_OfCountsWhoseRowsAreAllAlikeInACluster_IsTheClustersSize()
    {
        var counts = new ClusterCounts(2, 50);
        for (int i = 0; i < 1_000; i++)
            counts.Add(i / 20 % 2, i / 20);

        Assert.Equal([500, 500], counts.Bins);
        Assert.Equal(50, counts.Distinct);
        Assert.Equal(20 * 50 / 49.0, counts.DesignEffect(), 9);
    }

    [Fact]
    public void Difference_WithinStrata_IsMantelAndHaenszelsAndNotThatOfAllTogether()
    {
        var means = new StratifiedMeans();
        // Both do as well in each stratum, but the new arm has most of its values in the better one.
        Add(0, true, 10, 2);
        Add(0, false, 90, 18);
        Add(1, true, 90, 72);
        Add(1, false, 10, 8);
        Assert.Equal(0, means.Difference().Value, 12);
        Assert.Equal(0.74 - 0.26, means.New.Mean - means.Old.Mean, 12);

        Add(2, true, 20, 20);
        Add(2, false, 20, 10);

        // Weights of 9, 9 and 10; the variance is that of the hypergeometric in each.
        Assert.Equal(10 * 0.5 / 28, means.Difference().Value, 12);
        double variance = (9 * (100 * 0.2 * 0.8 / 99)) + (9 * (100 * 0.8 * 0.2 / 99)) + (10 * (40 * 0.75 * 0.25 / 39));
        Assert.Equal(variance / (28 * 28), means.Difference().Variance, 3);
        Assert.Equal((120, 120), (means.NewClusters, means.OldClusters));

        void Add(long stratum, bool isNew, int all, int hits) =>
            means.Add(stratum, isNew, ClusterSums.Alone, new SampleMoments(all, hits / (double)all, hits * (all - hits) / (double)all));
    }

    [Fact]
    public void Difference_OfClusters_IsAsUncertainAsTheyAre()
    {
        (StratifiedMeans clustered, StratifiedMeans alone) = (new(), new());
        for (int i = 0; i < 400; i++)
        {
            clustered.Add(0, i % 2 == 0, i / 2 / 10 * 2 + (i % 2), new(1, i / 2 / 10 % 2, 0));
            alone.Add(0, i % 2 == 0, ClusterSums.Alone, new(1, i / 2 / 10 % 2, 0));
        }

        clustered.Difference(out double effect);
        alone.Difference(out double single);

        Assert.Equal(10, effect, 0.5);
        Assert.InRange(single, 1, 1.01);
    }

    [Theory]
    [InlineData(1, 2, 40)]
    [InlineData(4, 1, 10)]
    public void DesignEffect_WithoutSpreadAmongClusters_IsTheirSize(int clusters, int bins, double effect)
    {
        var counts = new ClusterCounts(2, 8);
        for (int i = 0; i < 40; i++)
            counts.Add(i % bins, i % clusters);

        Assert.Equal(effect, counts.DesignEffect());
    }

    [Fact]
    public void DesignEffect_OfCountsEachAlone_IsOne()
    {
        var counts = new ClusterCounts(3, 4);
        for (int i = 0; i < 30; i++)
            counts.Add(i % 3, ClusterSums.Alone);

        Assert.Equal(1, counts.DesignEffect());
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(1, 0)]
    [InlineData(1.5, 1)]
    [InlineData(3, 2)]
    [InlineData(9, 3)]
    public void BinOf_AValue_IsTheBinThatCountsIt(double value, int bin) => Assert.Equal(bin, PopulationStability.BinOf([1, 2, 3], value));
}
