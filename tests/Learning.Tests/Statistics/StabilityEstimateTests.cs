using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

/// <summary>A stability index looked at all the time. The simulations are seeded: the same 2,000 streams every time.</summary>
public sealed class StabilityEstimateTests
{
    private const int Seeds = 2_000;
    private const double Limit = 0.1;
    private const double Alpha = 0.05;

    private static readonly double Margin = Math.Sqrt(Limit);

    /// <summary>Rows of the current sample at each look, as a share of traffic brings them.</summary>
    private static readonly int[] Looks = [.. Enumerable.Range(0, 20).Select(i => (int)(100 * Math.Pow(1.15, i)))];

    [Theory]
    [InlineData(10, 0.5)]
    [InlineData(20, 0.5)]
    [InlineData(10, 0.25)]
    public void Distance_AtTheLimitLookedAtEachTime_IsAboveItAtMostAsOftenAsAllowed(int bins, double share)
    {
        double[] wrong = Alarms(bins, Limit, share, [Above(Alpha), Above(Alpha / 10)]);

        Assert.InRange(wrong[0], 0.001, Alpha);
        Assert.InRange(wrong[1], 0, Alpha / 10);
    }

    [Fact]
    public void Distance_WhereNothingDiffers_IsHardlyEverAboveTheLimit() => Assert.InRange(Alarms(20, 0, 0.5, [Above(Alpha)])[0], 0, Alpha / 5);

    [Fact]
    public void Index_ThreeDeviationsOfNoShiftAboveTheLimit_IsNoTest() =>
        Assert.InRange(Alarms(10, Limit, 0.5, [e => e.Index - ((e.Bins - 1) * e.Unit) - (3 * Math.Sqrt(2 * (e.Bins - 1)) * e.Unit) > Limit])[0], 0.3, 1);

    [Fact]
    public void Distance_OfALargeShift_IsAboveTheLimitAtOnce()
    {
        var apart = StabilityEstimate.Of([100, 0, 0], [0, 0, 100]);
        var oneRowInBoth = StabilityEstimate.Of([10_000, 1], [50, 50]);

        Assert.True(Above(Alpha / 100)(apart));
        Assert.True(Above(Alpha / 100)(oneRowInBoth));
    }

    [Fact]
    public void Of_SparseBins_PutsNeighboursTogether()
    {
        var estimate = StabilityEstimate.Of([40, 8, 7, 6, 0, 50, 0], [39, 9, 7, 5, 0, 49, 2]);

        Assert.Equal(3, estimate.Bins);
        Assert.Equal(PopulationStability.Of([40, 21, 50], [39, 21, 51]), estimate.Index, 12);
        Assert.Equal(2 * estimate.Unit, estimate.Chance, 0.05 * estimate.Unit);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    public void Of_AnEmptySide_IsNotANumber(long reference, long current)
    {
        var estimate = StabilityEstimate.Of([reference, 0], [current, 0]);

        Assert.True(double.IsNaN(estimate.Index) && double.IsNaN(estimate.Distance.Value) && double.IsNaN(estimate.Distance.Variance));
    }

    [Fact]
    public void Of_SamplesAlike_HasNoDistanceButADeviation()
    {
        MeanDifference distance = StabilityEstimate.Of([50, 50], [50, 50]).Distance;

        Assert.Equal((0, 0.01), (distance.Value, distance.Variance));
    }

    private static Func<StabilityEstimate, bool> Above(double alpha) => estimate => new MixtureSprt(alpha, Margin).IsAbove(estimate.Distance, Margin);

    /// <summary>How often each rule speaks up in the course of all looks at two arms that lie so far apart.</summary>
    private static double[] Alarms(int bins, double shift, double share, Func<StabilityEstimate, bool>[] rules)
    {
        double[] from = [.. Enumerable.Repeat(1.0 / bins, bins)];
        (double[] fromEnds, double[] toEnds) = (Ends(from), Ends(Tilted(from, shift)));
        int[] alarms = new int[rules.Length];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.Derive(5, seed);
            (long[] reference, long[] current) = (new long[bins], new long[bins]);
            bool[] spoke = new bool[rules.Length];
            foreach (int rows in Looks)
            {
                Draw(random, toEnds, current, rows);
                Draw(random, fromEnds, reference, (int)(rows * (1 - share) / share));
                var estimate = StabilityEstimate.Of(reference, current);
                for (int i = 0; i < rules.Length; i++)
                    spoke[i] |= rules[i](estimate);
            }

            for (int i = 0; i < rules.Length; i++)
                alarms[i] += spoke[i] ? 1 : 0;
        }

        return [.. alarms.Select(a => a / (double)Seeds)];
    }

    /// <summary>Fills the counts up to so many rows.</summary>
    private static void Draw(SeededRandom random, double[] ends, long[] counts, int rows)
    {
        for (long i = counts.Sum(); i < rows; i++)
        {
            double u = random.NextDouble();
            int k = (int)(u * counts.Length);
            while (u >= ends[k])
                k++;
            while (k > 0 && u < ends[k - 1])
                k--;
            counts[k]++;
        }
    }

    private static double[] Ends(double[] shares)
    {
        double sum = 0;
        double[] ends = [.. shares.Select(s => sum += s)];
        ends[^1] = 1;
        return ends;
    }

    /// <summary>The shares tilted exponentially until their index is the wanted one.</summary>
    private static double[] Tilted(double[] shares, double index)
    {
        double low = 0, high = 5;
        for (int i = 0; i < 60; i++)
        {
            double tilt = (low + high) / 2;
            (low, high) = IndexOf(shares, Tilt(shares, tilt)) < index ? (tilt, high) : (low, tilt);
        }

        return Tilt(shares, low);
    }

    private static double[] Tilt(double[] shares, double tilt)
    {
        double[] raised = [.. shares.Select((s, k) => s * Math.Exp(tilt * k / shares.Length))];
        return [.. raised.Select(r => r / raised.Sum())];
    }

    private static double IndexOf(double[] p, double[] q) => p.Zip(q, (a, b) => (a - b) * Math.Log(a / b)).Sum();
}
