using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;
using MlOps.Learning;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>
/// A/B tests of versions that differ in nothing, by rows that are not independent: those of a request, or of a unit with many requests, are right
/// or wrong together. Seeded: the same 2,000 tests every time, each looked at all the time.
/// </summary>
public sealed class RolloutClusterTests
{
    private const int Seeds = 2_000;
    private const double Accuracy = 0.7;

    /// <summary>Clusters of the new version at each look.</summary>
    private static readonly int[] Looks = [.. Enumerable.Range(0, 12).Select(i => (int)(10 * Math.Pow(1.45, i)))];

    [Theory]
    [InlineData(20, 0.1, 50, 0.02)]
    [InlineData(50, 0.1, 50, 0.02)]
    [InlineData(20, 0.5, 10, 0.05)]
    public void AbTest_OfRowsThatComeTogether_IsDecidedAtMostAsOftenAsAllowed(int rows, double alike, double share, double effect) =>
        Assert.InRange(Decided(rows, alike, share, effect, TruthLog.Compare), 0, 0.5 * new RolloutPolicy().Alpha);

    [Fact]
    public void AbTest_ThatTakesEachRowForASample_IsDecidedFarMoreOftenThanAllowed() =>
        Assert.InRange(Decided(20, 0.1, 50, 0.02, (metric, canary, champion) => TruthLog.Compare(metric, OfRows(canary), OfRows(champion))), 4 * new RolloutPolicy().Alpha, 1);

    [Fact]
    public void AbTest_OfABetterVersion_IsDecidedByEnoughOfThem()
    {
        var policy = Policy(0.05, 50);
        int met = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            var random = SeededRandom.Derive(12, seed);
            (ClusterSums canary, ClusterSums champion) = (new(UnitCluster.Count), new(UnitCluster.Count));
            Add(random, canary, 2_000, 20, 0.1, Accuracy + 0.05);
            Add(random, champion, 2_000, 20, 0.1, Accuracy);
            met += new PolicyJudge(policy).VerdictOf(policy.Goal!, TruthLog.Compare(RolloutMetric.Accuracy, canary, champion)) == EvidenceVerdict.Met ? 1 : 0;
        }

        Assert.InRange(met, 95, 100);
    }

    [Theory]
    [InlineData(50, true, 0, 0.05)]
    [InlineData(10, true, 0, 0.05)]
    [InlineData(50, false, 0.2, 1)]
    public void Canary_OfUnitsWithManyRequests_IsRolledBackAtMostAsOftenAsAllowed(double share, bool byUnit, double least, double most)
    {
        // The version is exactly as bad as allowed; each unit sends some twenty requests, which mostly fail, or are refused, together.
        var policy = new RolloutPolicy { Steps = [share], MaxErrorRateIncrease = 0, MaxLatencyRatio = 1, LatencyTolerance = TimeSpan.Zero };
        var judge = new PolicyJudge(policy);
        int breached = 0;
        for (ulong seed = 0; seed < Seeds / 4; seed++)
        {
            var random = SeededRandom.Derive(13, seed);
            (TrafficCell canary, TrafficCell champion) = (new(), new());
            (int had, int championHad) = (0, 0);
            foreach (int look in Looks)
            {
                int other = (int)(look * (100 - share) / share);
                Visit(random, canary, had, look);
                Visit(random, champion, 1_000_000 + championHad, 1_000_000 + other);
                (had, championHad) = (look, other);
                (TrafficWindow window, TrafficWindow reference) = (canary.ToWindow(), champion.ToWindow());
                if (!byUnit)
                    (window, reference) = (window with { Units = null }, reference with { Units = null });
                if (!policy.AllGuardrails.Any(g => judge.VerdictOf(g, TrafficComparison.Of(g.Metric, window, reference, g.Max, policy.LatencyTolerance), StageKind.Share, share) == EvidenceVerdict.Breached))
                    continue;
                breached++;
                break;
            }
        }

        Assert.InRange(breached / (Seeds / 4.0), least, most);
    }

    [Theory]
    [InlineData(1, 500, 0, false)]
    [InlineData(3, 500, 0, true)]
    [InlineData(5, 100, 0, true)]
    [InlineData(9, 30, 0, true)]
    [InlineData(5, 100, 30, false)]
    [InlineData(9, 0, 0, false)]
    public void Canary_ThatFailsAllRequestsOfAFewUnits_IsRolledBackWhereChanceWouldHardlyDoIt(int units, int champions, int failing, bool breached)
    {
        var policy = new RolloutPolicy { Steps = [50] };
        (ClusterSums canary, ClusterSums champion) = (new(UnitCluster.Count), new(UnitCluster.Count));
        for (int i = 0; i < units; i++)
            canary.Add(i, new SampleMoments(40, 1, 0));
        for (int i = 0; i < champions; i++)
            champion.Add(i, new SampleMoments(40, i < failing ? 1 : 0, 0));

        Comparison seen = Comparison.OfRates(40 * units, 40 * units, 40 * failing, 40 * champions, canary, champion);

        Assert.Equal(breached, new PolicyJudge(policy).VerdictOf(policy.AllGuardrails[0], seen, StageKind.Share, 50) == EvidenceVerdict.Breached);
    }

    /// <summary>Units from one number to another, each with some requests of the same fate.</summary>
    private static void Visit(SeededRandom random, TrafficCell cell, int from, int to)
    {
        for (int unit = from; unit < to; unit++)
        {
            (int requests, double failing, double refusing, bool slow) = (1 + (int)(random.NextDouble() * 40), Share(), Share(), random.NextDouble() < 0.05);
            int cluster = UnitCluster.Of($"user-{unit}");
            for (int i = 0; i < requests; i++)
            {
                if (random.NextDouble() < refusing)
                {
                    cell.Rejected++;
                    cell.OfUnits().AddRejected(cluster);
                    continue;
                }

                cell.Requests++;
                if (random.NextDouble() < failing)
                {
                    cell.Errors++;
                    cell.OfUnits().AddFailed(cluster);
                    continue;
                }

                var latency = TimeSpan.FromMilliseconds(slow ? 40 : 1);
                cell.Latency.Add(latency);
                cell.OfUnits().AddAnswered(cluster, latency);
            }
        }

        double Share() => random.NextDouble() < 0.1 ? 0.5 : 0;
    }

    private static RolloutPolicy Policy(double effect, double share) =>
        new() { Strategy = RolloutStrategy.AbTest, Share = share, Goal = new RolloutGoal(RolloutMetric.Accuracy, effect) };

    private static double Decided(int rows, double alike, double share, double effect, Func<RolloutMetric, ClusterSums, ClusterSums, Comparison> compare)
    {
        RolloutPolicy policy = Policy(effect, share);
        var judge = new PolicyJudge(policy);
        int decided = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.Derive(11, seed);
            (ClusterSums canary, ClusterSums champion) = (new(UnitCluster.Count), new(UnitCluster.Count));
            (int had, int championHad) = (0, 0);
            foreach (int look in Looks)
            {
                int other = (int)(look * (100 - share) / share);
                Add(random, canary, look - had, rows, alike, Accuracy);
                Add(random, champion, other - championHad, rows, alike, Accuracy);
                (had, championHad) = (look, other);
                if (judge.VerdictOf(policy.Goal!, compare(RolloutMetric.Accuracy, canary, champion)) is not (EvidenceVerdict.Met or EvidenceVerdict.Breached))
                    continue;
                decided++;
                break;
            }
        }

        return decided / (double)Seeds;
    }

    /// <summary>So many requests of up to twice as many rows: of so large a part of them all rows are right or wrong together, which is the correlation of two rows.</summary>
    private static void Add(SeededRandom random, ClusterSums scores, int requests, int rows, double alike, double accuracy)
    {
        for (int i = 0; i < requests; i++)
        {
            int all = 1 + (int)(random.NextDouble() * 2 * rows), hits = 0;
            if (random.NextDouble() < alike)
                hits = random.NextDouble() < accuracy ? all : 0;
            else
                for (int row = 0; row < all; row++)
                    hits += random.NextDouble() < accuracy ? 1 : 0;
            scores.Add((int)(random.NextDouble() * UnitCluster.Count), new SampleMoments(all, hits / (double)all, hits * (all - hits) / (double)all));
        }
    }

    private static ClusterSums OfRows(ClusterSums clustered)
    {
        var rows = new ClusterSums(UnitCluster.Count);
        rows.Add(ClusterSums.Alone, clustered.Rows);
        return rows;
    }
}
