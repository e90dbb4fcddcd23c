using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

/// <summary>Tests that are looked at all the time. The simulations are seeded: the same 2,000 streams every time.</summary>
public sealed class SequentialTests
{
    private const int Seeds = 2_000;
    private const int Looks = 100;
    private const int ValuesALook = 20;
    private const double Alpha = 0.05;

    private static readonly MixtureSprt Test = new(Alpha, 0.05);

    [Fact]
    public void Interval_WhereNothingDiffers_IsWrongAtMostAsOftenAsAllowed()
    {
        double wrong = FalsePositives(1, (a, b) => Test.Interval(Difference(a, b)) is { Low: > 0 } or { High: < 0 });

        Assert.InRange(wrong, 0.001, Alpha);
    }

    [Fact]
    public void IsAbove_AtTheMargin_IsWrongAtMostAsOftenAsAllowed()
    {
        double wrong = FalsePositives(2, (a, b) => Test.IsAbove(Difference(a, b), 0));

        Assert.InRange(wrong, 0.001, Alpha);
    }

    [Theory]
    [InlineData(1, 1_000, 0.02)]
    [InlineData(0, 300, 0.01)]
    [InlineData(299, 300, 0.5)]
    public void VarianceOfShare_OfHits_IsAtLeastThatOfTheOtherShareWhereItMayBe(long hits, long all, double other)
    {
        double smoothed = SampleMoments.OfRate(hits, all).VarianceOfMean, most = Proportions.WilsonUpper(hits, all, 3), least = 1 - Proportions.WilsonUpper(all - hits, all, 3);
        double at = Math.Clamp(other, least, most);

        double variance = SampleMoments.OfHits(hits, all).VarianceOfShare(other);

        Assert.Equal(Math.Max(smoothed, at * (1 - at) / all), variance, smoothed * 1e-9);
        Assert.Equal(smoothed, SampleMoments.OfHits(hits, all).VarianceOfShare(double.NaN), smoothed * 1e-9);
        // Of rewards that spread half as much as hits of the same mean, half of it.
        Assert.Equal(0.5, (SampleMoments.OfHits(50, 100) with { SquaredDeviations = 12.5 }).VarianceOfShare(0.5) / SampleMoments.OfHits(50, 100).VarianceOfShare(0.5), 0.01);
    }

    [Fact]
    public void ZTest_LookedAtEachTime_IsWrongFarMoreOftenThanItSays()
    {
        double wrong = FalsePositives(1, (a, b) => Proportions.PValue(a.Hits, a.All, b.Hits, b.All) < Alpha);

        Assert.InRange(wrong, 4 * Alpha, 1);
    }

    [Fact]
    public void Bounds_OfWhateverNumbers_ComeAndAreInOrder() => Prop.ForAll(
        Extreme.ToArbitrary(), n =>
        {
            var test = new MixtureSprt(Alpha, n.Tau);
            var difference = new MeanDifference(n.Value, n.Variance);
            (double low, double high) = test.Interval(difference);
            return test.LowerBound(difference) <= n.Value && test.UpperBound(difference) >= n.Value && low <= n.Value && high >= n.Value
                && !double.IsNaN(test.LogRatio(difference)) && !double.IsNaN(test.LogRatioAbove(difference, n.Margin));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    private static Gen<(double Value, double Variance, double Tau, double Margin)> Extreme =>
        from sizes in Gen.ArrayOf(Gen.Choose(-300, 300), 4)
        from sign in Gen.Elements(-1, 1)
        select (sign * Math.Pow(10, sizes[0]), Math.Pow(10, sizes[1]), Math.Pow(10, sizes[2]), Math.Pow(10, sizes[3]));

    [Fact]
    public void SampleRatio_OfFairArmsLookedAtEachTime_AlarmsAtMostAsOftenAsAllowed()
    {
        int alarms = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.Derive(3, seed);
            long[] units = new long[2];
            bool alarm = false;
            for (int i = 1; i <= 1_000; i++)
            {
                units[random.NextDouble() < 0.1 ? 0 : 1]++;
                alarm |= i % 10 == 0 && SampleRatio.PValue(units, [0.1, 0.9]) < 0.01;
            }

            alarms += alarm ? 1 : 0;
        }

        Assert.InRange(alarms, 0, Seeds * 0.01);
    }

    [Theory]
    [InlineData(5_000, 5_060, 0.5, false)]
    [InlineData(5_000, 5_550, 0.5, true)]
    [InlineData(1_000, 9_000, 0.1, false)]
    [InlineData(1_200, 9_000, 0.1, true)]
    [InlineData(0, 0, 0.5, false)]
    [InlineData(30, 0, 0.5, true)]
    public void SampleRatio_ByCounts_TellsLostUnits(long a, long b, double share, bool alarm) =>
        Assert.Equal(alarm, SampleRatio.PValue([a, b], [share, 1 - share]) < SampleRatio.Alarm);

    [Theory]
    [InlineData(0, 1.25)]
    [InlineData(1, 10)]
    [InlineData(3, 60)]
    public void SampleRatio_OfThinnedUnits_HoldsOverAllThinnings(int thinned, double times)
    {
        double p = SampleRatio.PValue([600, 400], [0.5, 0.5]);

        Assert.Equal(times * p, SampleRatio.PValue([600, 400], [0.5, 0.5], thinned), 12);
    }

    [Theory]
    [InlineData(0.03, 0.0001, 0)]
    [InlineData(0.01, 0.0004, 0.02)]
    [InlineData(-0.02, 0.0009, 0.01)]
    public void LogRatioAbove_AgainstTheIntegralOverTheHalfNormal_IsTheSame(double value, double variance, double margin)
    {
        const double Tau = 0.05;
        const int Steps = 200_000;
        double sum = 0, step = 12 * Tau / Steps;
        for (int i = 0; i <= Steps; i++)
        {
            // Simpson's rule: the likelihood of the difference at margin + theta over that at the margin, times the density of theta above 0.
            double theta = i * step, x = value - margin;
            double ratio = Math.Exp(((theta * x) - (theta * theta / 2)) / variance);
            double density = 2 / (Tau * Math.Sqrt(2 * Math.PI)) * Math.Exp(-theta * theta / (2 * Tau * Tau));
            sum += (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * ratio * density;
        }

        Assert.Equal(Math.Log(sum * step / 3), new MixtureSprt(Alpha, Tau).LogRatioAbove(new MeanDifference(value, variance), margin), 6);
    }

    [Fact]
    public void LogRatio_ByTheFormula_IsWhatItSays()
    {
        // sqrt(V/(V+t^2)) exp(t^2 d^2 / (2V(V+t^2))) with d = 0.03, V = 0.0001, t = 0.02, computed apart.
        double expected = Math.Sqrt(0.0001 / 0.0005) * Math.Exp(0.0004 * 0.0009 / (2 * 0.0001 * 0.0005));

        Assert.Equal(expected, Math.Exp(new MixtureSprt(Alpha, 0.02).LogRatio(new MeanDifference(0.03, 0.0001))), 9);
    }

    [Theory]
    [InlineData(0.06, 35.847734604747)]
    [InlineData(0, 0.371390676354)]
    [InlineData(-0.03, 0.160356404276)]
    public void LogRatioAbove_ByTheFormula_IsWhatItSays(double above, double expected)
    {
        // 2 L Phi(t x / sqrt(V (V + t^2))) with V = 0.0004, t = 0.05 and x above the margin, computed apart; the same as the integral over the half-normal of
        // the likelihood ratio, summed in 200,000 steps. At the margin it is sqrt(V / (V + t^2)) = sqrt(4 / 29).
        Assert.Equal(expected, Math.Exp(new MixtureSprt(Alpha, 0.05).LogRatioAbove(new MeanDifference(0.02 + above, 0.0004), 0.02)), 9);
    }

    [Theory]
    [InlineData(0.03, 0.0001)]
    [InlineData(-0.2, 0.01)]
    [InlineData(0, 1e-8)]
    public void Interval_AtItsEnds_IsWhereTheTestTurns(double d, double v)
    {
        (double low, double high) = Test.Interval(new MeanDifference(d, v));

        Assert.Equal(-Math.Log(Alpha), Test.LogRatio(new MeanDifference(d - low, v)), 6);
        Assert.Equal(-Math.Log(Alpha), Test.LogRatio(new MeanDifference(d - high, v)), 6);
        Assert.True(Test.LowerBound(new MeanDifference(d, v)) > low && Test.UpperBound(new MeanDifference(d, v)) < high);
        Assert.Equal(-Math.Log(Alpha), Test.LogRatioAbove(new MeanDifference(d, v), Test.LowerBound(new MeanDifference(d, v))), 6);
    }

    [Theory]
    [InlineData(double.NaN, 0.1)]
    [InlineData(0.5, double.NaN)]
    [InlineData(0.5, 0)]
    public void Test_WithoutMeasure_HasNoEvidence(double d, double v)
    {
        var difference = new MeanDifference(d, v);

        Assert.Equal(0, Test.LogRatio(difference));
        Assert.False(Test.IsAbove(difference, -1) || Test.IsBelow(difference, 1));
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), Test.Interval(difference));
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (Test.LowerBound(difference), Test.UpperBound(difference)));
    }

    [Fact]
    public void LogRatioAbove_FarOnTheOtherSide_FallsAndStaysANumber()
    {
        double[] ratios = [.. new[] { 0.0, -0.05, -0.3, -2, -50 }.Select(d => Test.LogRatioAbove(new MeanDifference(d, 0.0004), 0))];

        Assert.All(ratios, r => Assert.True(double.IsFinite(r)));
        Assert.Equal(ratios.OrderDescending(), ratios);
    }

    [Fact]
    public void Plan_OfADifference_IsEnoughToFindItAsOftenAsWanted()
    {
        const double from = 0.1, to = 0.14;
        long values = (long)Math.Ceiling(SequentialPlan.Values(new MixtureSprt(Alpha, to - from), to - from, Math.Sqrt(0.12 * 0.88), 0.5) / 2);
        int found = 0;
        for (ulong seed = 0; seed < 400; seed++)
        {
            var random = SeededRandom.Derive(4, seed);
            Arm a = default, b = default;
            bool differs = false;
            for (int i = 1; i <= values && !differs; i++)
            {
                (a, b) = (a.Next(random, to), b.Next(random, from));
                differs = (i % 50 == 0 || i == values) && new MixtureSprt(Alpha, to - from).IsAbove(Difference(a, b), 0);
            }

            found += differs ? 1 : 0;
        }

        Assert.InRange(values, 1_000, 4_000);
        Assert.InRange(found, 0.8 * 400, 400);
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.8, 0.8416212335729143)]
    [InlineData(0.975, 1.959963984540054)]
    public void NormalQuantile_OfKnownShares_IsRight(double p, double z) => Assert.Equal(z, SequentialPlan.NormalQuantile(p), 9);

    [Fact]
    public void Moments_MergedOrAddedOneByOne_AreTheSame()
    {
        double[] values = [3, 1, 4, 1, 5, 9, 2, 6];
        SampleMoments all = values.Aggregate(default(SampleMoments), (m, x) => m.Add(x));
        SampleMoments merged = values[..3].Aggregate(default(SampleMoments), (m, x) => m.Add(x)).Merge(values[3..].Aggregate(default(SampleMoments), (m, x) => m.Add(x)));

        Assert.Equal((8L, 3.875), (all.Count, all.Mean));
        Assert.Equal(all.VarianceOfMean, merged.VarianceOfMean, 12);
        Assert.Equal(values.Sum(x => (x - 3.875) * (x - 3.875)) / 7 / 8, all.VarianceOfMean, 12);
        Assert.Equal(all, default(SampleMoments).Merge(all));
    }

    /// <summary>How often two arms of the same rate are told apart in the course of 100 looks.</summary>
    private static double FalsePositives(ulong stream, Func<Arm, Arm, bool> differs)
    {
        int wrong = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.Derive(stream, seed);
            Arm a = default, b = default;
            for (int look = 0; look < Looks; look++)
            {
                for (int i = 0; i < ValuesALook; i++)
                    (a, b) = (a.Next(random, 0.1), b.Next(random, 0.1));
                if (look > 0 && differs(a, b))
                {
                    wrong++;
                    break;
                }
            }
        }

        return wrong / (double)Seeds;
    }

    private static MeanDifference Difference(Arm a, Arm b) => MeanDifference.Of(SampleMoments.OfRate(a.Hits, a.All), SampleMoments.OfRate(b.Hits, b.All));

    private readonly record struct Arm(long Hits, long All)
    {
        public Arm Next(SeededRandom random, double rate) => new(Hits + (random.NextDouble() < rate ? 1 : 0), All + 1);
    }
}
