using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

/// <summary>
/// Sample ratios whose shares move with every 100 units, by what was seen so far, as a bandit's do; units come again and stay with their buckets. Seeded: the
/// same ones every time, each looked at after every 50 units.
/// </summary>
public sealed class MovingSampleRatioTests
{
    private const int Seeds = 4_000;
    private const int Looks = 40;
    private const int UnitsALook = 50;

    [Fact]
    public void PValue_WithoutAMismatch_FallsBelowAlphaAtMostAsOftenAsAllowed()
    {
        double[] least = [.. Enumerable.Range(0, Seeds).Select(seed => Run(seed, lost: 0).Min())];

        (int alarms, int wrong) = (least.Count(p => p < SampleRatio.Alarm), least.Count(p => p < 0.05));
        // More than 9 of 4,000 are met by chance, with a probability of 0.001 each, less than once in 100 times.
        Assert.InRange(alarms, 0, 9);
        Assert.InRange(wrong / (double)Seeds, 0, 0.05);
    }

    [Fact]
    public void PValue_OfUnitsCountedAgainInEachPeriod_IsWrongFarMoreOften() =>
        Assert.InRange(Enumerable.Range(0, 200).Count(seed => Run(seed, lost: 0, again: true).Min() < SampleRatio.Alarm), 10, 200);

    [Theory]
    [InlineData(0.2, 15)]
    [InlineData(0.3, 10)]
    [InlineData(0.5, 5)]
    public void PValue_WhereUnitsOfOneArmAreLost_ShowsItAboutAsEarlyAsUnderFixedShares(double lost, int spread)
    {
        int[] moving = [.. Enumerable.Range(0, 200).Select(seed => Alarm(Run(seed, lost))).Order()];
        int[] still = [.. Enumerable.Range(0, 200).Select(seed => Alarm(Run(seed, lost, moves: false))).Order()];

        Assert.InRange(moving[100], 1, still[100] + spread);
        Assert.InRange(moving[190], 1, Looks * 5);
    }

    [Fact]
    public void Expected_OverPeriods_IsTheSumOfEachOnesAndLeavesOutWhatHasNoShare() =>
        Assert.Equal([60, 60, 20], MovingSampleRatio.Expected([[50, 30, 20], [30, 10, 7]], [[0.5, 0.3, 0.2], [0.25, 0.75, 0]]).Select(e => Math.Round(e, 9)));

    [Fact]
    public void PValue_OfOnePeriod_AgreesWithTheOneOfFixedShares()
    {
        Assert.Equal(1, MovingSampleRatio.PValue([[0, 0]], [[0.5, 0.5]]));
        Assert.Equal(1, MovingSampleRatio.PValue([[500, 500]], [[0.5, 0.5]]));
        Assert.InRange(MovingSampleRatio.PValue([[560, 440]], [[0.5, 0.5]]) / SampleRatio.PValue([560, 440], [0.5, 0.5]), 0.1, 10);
        Assert.InRange(MovingSampleRatio.PValue([[0, 60]], [[0.5, 0.5]]), 0, 1e-12);
        Assert.Throws<ArgumentException>(() => MovingSampleRatio.PValue([], []));
    }

    /// <summary>The first look at which the analysis stops; where none does, the one behind the last.</summary>
    private static int Alarm(IEnumerable<double> looks) => looks.TakeWhile(p => p >= SampleRatio.Alarm).Count() + 1;

    /// <summary>The p-value at each look; of fixed shares by <see cref="SampleRatio"/>.</summary>
    /// <param name="lost">Share of the last arm's units that are lost.</param>
    /// <param name="again">A unit counts in each period.</param>
    private static IEnumerable<double> Run(int seed, double lost, bool moves = true, bool again = false)
    {
        var random = SeededRandom.Derive(51, (ulong)seed);
        double[] share = [0.34, 0.33, 0.33];
        List<long[]> units = [[0, 0, 0]];
        List<double[]> shares = [share];
        var met = new Dictionary<int, int>();
        for (int look = 1; look <= (lost > 0 ? 5 * Looks : Looks); look++)
        {
            for (int i = 0; i < UnitsALook; i++)
            {
                // Some come again and again.
                int unit = random.NextDouble() < (again ? 0.9 : 0.3) ? (int)(random.NextDouble() * (again ? 50 : 200)) : 1_000 + (look * UnitsALook) + i;
                double bucket = SeededRandom.Derive(52, ((ulong)seed << 32) + (ulong)unit).NextDouble();
                int arm = bucket < share[1] ? 1 : bucket < share[1] + share[2] ? 2 : 0;
                bool isLost = arm == 2 && SeededRandom.Derive(53, ((ulong)seed << 32) + (ulong)unit).NextDouble() < lost;
                if (!isLost && (!met.TryGetValue(unit, out int period) || (again && period < units.Count - 1)))
                {
                    met[unit] = units.Count - 1;
                    units[^1][arm]++;
                }
            }

            yield return moves ? MovingSampleRatio.PValue(units, shares) : SampleRatio.PValue(units[0], share);
            if (moves && look % 2 == 0)
            {
                // By what was met, so that the shares are no law of their own.
                double up = 0.1 + (0.35 * random.NextDouble()), next = units[^1][2] > units[^1][1] ? 0.15 : 0.3;
                share = [1 - up - next, up, next];
                (units, shares) = ([.. units, new long[3]], [.. shares, share]);
            }
        }
    }
}
