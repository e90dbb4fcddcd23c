using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

public sealed class ThompsonSamplingTests
{
    [Fact]
    public void Best_OfTwoArms_IsTheirPosteriorProbability()
    {
        // P(Beta(3, 2) > Beta(2, 3)) = 53/70 (Cook 2005, by summing the finite series).
        Assert.Equal(53.0 / 70, ThompsonSampling.Best([(2, 3), (1, 3)])[0], 2e-4);
        Assert.Equal([0.5, 0.5], ThompsonSampling.Best([(0, 0), (0, 0)]).Select(p => Math.Round(p, 6)));
    }

    [Fact]
    public void Best_OfSeveralArms_IsHowOftenTheirPosteriorsGiveTheHighest()
    {
        // Uniform ones, alike by symmetry; P(U^(1/3) is above two uniform ones) = E(max^2) of Beta(3, 1) = 3/5; and one of a million rewards beside one of none.
        Assert.Equal([1.0 / 3, 1.0 / 3, 1.0 / 3], ThompsonSampling.Best([(0, 0), (0, 0), (0, 0)]).Select(p => Math.Round(p, 4)), (a, b) => Math.Abs(a - b) < 2e-4);
        Assert.Equal(0.6, ThompsonSampling.Best([(2, 2), (0, 0), (0, 0)])[0], 2e-4);
        Assert.Equal(0.7, ThompsonSampling.Best([(700_000, 1_000_000), (0, 0)])[0], 1e-3);
        Assert.Equal(1, ThompsonSampling.Best([(0.5, 3), (1.5, 2.5), (1e-9, 50)]).Sum(), 1e-9);
    }

    [Fact]
    public void Best_OfClearlyDifferentArms_IsCertain() =>
        Assert.Equal([0, 1, 0], ThompsonSampling.Best([(100, 1_000), (300, 1_000), (50, 1_000)]).Select(p => Math.Round(p, 9)));

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(0.1, 0.82)]
    [InlineData(0.5, 0.5)]
    public void Shares_WithAFloor_LeaveNoArmWithout(double floor, double first) => Assert.Equal(first, ThompsonSampling.Shares([0.9, 0.1], floor)[0], 9);

    [Theory]
    [InlineData(-0.1)]
    [InlineData(0.51)]
    [InlineData(double.NaN)]
    public void Shares_WithAFloorThatCannotBe_AreRefused(double floor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ThompsonSampling.Shares([0.9, 0.1], floor));

    [Fact]
    public void Rule_FollowedForAWhile_GivesTheBetterArmTheTraffic()
    {
        double[] rates = [0.2, 0.3];
        long[] hits = [0, 0], all = [0, 0];
        var random = new SeededRandom(5);
        double[] shares = [0.5, 0.5];
        for (int round = 0; round < 40; round++)
        {
            for (int i = 0; i < 50; i++)
            {
                int arm = random.NextDouble() < shares[0] ? 0 : 1;
                all[arm]++;
                hits[arm] += random.NextDouble() < rates[arm] ? 1 : 0;
            }

            shares = ThompsonSampling.Shares(ThompsonSampling.Best([(hits[0], all[0]), (hits[1], all[1])]), 0.05);
        }

        Assert.InRange(shares[1], 0.9, 0.95);
        Assert.True(all[1] > 2 * all[0]);
    }
}
