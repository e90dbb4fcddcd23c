using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

public sealed class ThompsonSamplingTests
{
    [Fact]
    public void Best_OfTwoArms_IsTheirPosteriorProbability()
    {
        // P(Beta(3, 2) > Beta(2, 3)) = 53/70 (Cook 2005, by summing the finite series).
        Assert.Equal(53.0 / 70, ThompsonSampling.Best([(2, 3), (1, 3)], new SeededRandom(7))[0], 0.02);
        Assert.Equal([0.5, 0.5], ThompsonSampling.Best([(0, 0), (0, 0)], new SeededRandom(7)).Select(p => Math.Round(p, 1)));
    }

    [Fact]
    public void Best_OfClearlyDifferentArms_IsCertain() =>
        Assert.Equal([0, 1, 0], ThompsonSampling.Best([(100, 1_000), (300, 1_000), (50, 1_000)], new SeededRandom(1)));

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

            shares = ThompsonSampling.Shares(ThompsonSampling.Best([(hits[0], all[0]), (hits[1], all[1])], random), 0.05);
        }

        Assert.InRange(shares[1], 0.9, 0.95);
        Assert.True(all[1] > 2 * all[0]);
    }
}
