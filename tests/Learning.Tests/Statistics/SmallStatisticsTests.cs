using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

/// <summary>Quantiles, population stability, false discovery rate and proportions; expected values from numpy and scipy.</summary>
public class SmallStatisticsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.1, 0.12211451983611472)]
    [InlineData(0.25, 0.24807634655740982)]
    [InlineData(0.5, 0.5394224043169781)]
    [InlineData(0.9, 0.913460577595683)]
    [InlineData(1, 0.9567302887978415)]
    public void Type7_EqualsNumpy(double p, double expected) => Assert.Equal(expected, Quantiles.Type7(Samples.A(11).Sorted(), p), 1e-14);

    [Fact]
    public void Type7_NoValues_IsNaN() => Assert.True(double.IsNaN(Quantiles.Type7([], 0.5)));

    [Fact]
    public void Edges_HeavyTies_Merge() => Assert.Equal([0, 0.5, 1], Quantiles.Edges([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 10).Order());

    [Fact]
    public void Deciles_EqualsNumpy()
    {
        Assert.Equal(1.6003875283864584, PopulationStability.Deciles(Samples.A(500).Sorted(), Samples.B(400, 0.2).Sorted()), 1e-12);
        double[] a = [.. Samples.A(500).Select(x => Math.Floor(x * 4)).Order()];
        double[] b = [.. Samples.B(400, 0.2).Select(x => Math.Floor(x * 4)).Order()];
        Assert.Equal(1.8628816848681724, PopulationStability.Deciles(a, b), 1e-12);
    }

    [Fact]
    public void Deciles_EmptyBin_StaysFinite() =>
        Assert.Equal(4.604318466668949, PopulationStability.Deciles(new double[10], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), 1e-12);

    [Fact]
    public void Of_SameShares_IsZeroAndEmptySideNaN()
    {
        Assert.Equal(0, PopulationStability.Of([10, 20, 0], [20, 40, 0]), 1e-15);
        Assert.True(double.IsNaN(PopulationStability.Of([0, 0], [1, 2])));
    }

    [Fact]
    public void Adjust_EqualsTheStepUpProcedure()
    {
        double[] adjusted = BenjaminiHochberg.Adjust([0.01, 0.04, 0.03, 0.005, 0.5, 0.8, 0.03]);
        double[] expected = [0.035, 0.056, 0.0525, 0.035, 0.5833333333333334, 0.8, 0.0525];
        Assert.All(expected.Zip(adjusted), pair => Assert.Equal(pair.First, pair.Second, 1e-14));
    }

    [Fact]
    public void Adjust_NaN_IsLeftOutOfTheCount()
    {
        double[] adjusted = BenjaminiHochberg.Adjust([0.02, double.NaN, 0.04]);
        Assert.Equal([0.04, 0.04], new[] { adjusted[0], adjusted[2] });
        Assert.True(double.IsNaN(adjusted[1]));
        Assert.Empty(BenjaminiHochberg.Adjust([]));
    }

    [Fact]
    public void PValue_TwoShares_EqualsScipy()
    {
        Assert.Equal(0.002662185508944995, Proportions.PValue(30, 100, 60, 120), 1e-14);
        Assert.Equal(1, Proportions.PValue(0, 10, 0, 20));
        Assert.Equal(1, Proportions.PValue(10, 10, 20, 20));
        Assert.True(double.IsNaN(Proportions.PValue(0, 0, 1, 2)));
    }

    [Theory]
    [InlineData(30, 100, 0.3958503843281196)]
    [InlineData(0, 5, 0.4344914947520810)]
    [InlineData(5, 5, 1)]
    [InlineData(0, 0, 1)]
    public void WilsonUpper_OfAShare_IsTheFormulasAndNeverAboveOne(long hits, long rows, double bound) => Assert.Equal(bound, Proportions.WilsonUpper(hits, rows, 1.96), 1e-14);
}
