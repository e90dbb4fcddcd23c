using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Domain.Serving;
using MlOps.Learning;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>
/// Whole rollouts of versions that are no worse than allowed, judged as rollouts are: both arms by their shares, all guardrails, all steps,
/// looks all the time. Seeded: the same 2,000 rollouts every time.
/// </summary>
public sealed class RolloutFalseAlarmTests
{
    private const int Seeds = 2_000;
    private const double Rate = 0.05;

    /// <summary>Looked at for much longer than a step takes, so that there is time to be wrong.</summary>
    private static readonly long[] Looks = [.. Enumerable.Range(0, 12).Select(i => (long)(20 * Math.Pow(1.5, i)))];

    /// <summary>The limits are 0: the version is exactly as bad as allowed.</summary>
    private static readonly RolloutPolicy Canary = new() { Steps = [10, 50], MaxErrorRateIncrease = 0, MaxLatencyRatio = 1, LatencyTolerance = TimeSpan.Zero };

    private static readonly RolloutPolicy AbTest = Canary with { Strategy = RolloutStrategy.AbTest, Goal = new RolloutGoal(RolloutMetric.ErrorRate, 0.02) };

    [Fact]
    public void Canary_OfAVersionLikeTheChampion_IsRolledBackAtMostAsOftenAsAllowed() =>
        Assert.InRange(Share(Canary, (step, look) => step.IsBreached(look)), 0.001, Canary.Alpha);

    [Fact]
    public void AbTest_OfAVersionLikeTheChampion_IsDecidedAtMostAsOftenAsAllowed() =>
        Assert.InRange(Share(AbTest, (step, look) => step.IsBreached(look) || step.IsDecided(look)), 0.001, AbTest.Alpha);

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1, 0, true)]
    [InlineData(5, 1, true)]
    [InlineData(9, 0, true)]
    [InlineData(9, 9, false)]
    public void Canary_ThatFailsEverything_IsRolledBackThoughTheChampionHasHardlyAnyTraffic(int champion, int failed, bool breached)
    {
        var step = new SimulatedStep(new RolloutPolicy(), new RolloutStage(50));

        Assert.Equal(breached, step.IsBreached(new Counts(40, 40, 0, 0, champion, failed, 0, 0)));
    }

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(5, 0.1)]
    [InlineData(9, 0.1)]
    [InlineData(9, 0.3)]
    public void Direct_InPlaceOfAChampionWithHardlyAnyRequests_IsRolledBackAtMostAsOftenAsAllowed(long champion, double rate)
    {
        RolloutPolicy policy = Canary with { Strategy = RolloutStrategy.Direct, KeepWarm = TimeSpan.FromHours(1) };
        var step = new SimulatedStep(policy, new RolloutStage(100));
        int breached = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.Derive(9, seed);
            Counts counts = default;
            breached += Looks.Any(look => step.IsBreached(counts = counts.With(random, look, champion, rate, rate))) ? 1 : 0;
        }

        Assert.InRange(breached / (double)Seeds, 0, policy.Alpha);
    }

    [Theory]
    [InlineData(0.005, 0.1)]
    [InlineData(0.01, 0.1)]
    [InlineData(0.02, 0.9)]
    public void AbTest_OfRareHitsInUnequalArms_IsDecidedAtMostAsOftenAsAllowed(double rate, double share)
    {
        // Hardly any hits in the smaller arm: by the spread of what it has seen alone, five times as many would be decided.
        var policy = new RolloutPolicy { Strategy = RolloutStrategy.AbTest, Share = share * 100, Goal = new RolloutGoal(RolloutMetric.Reward, 0.01) };
        var judge = new PolicyJudge(policy);
        int decided = 0;
        for (ulong seed = 0; seed < 1_000; seed++)
        {
            var random = SeededRandom.Derive(31, seed);
            (long Hits, long All) canary = default, champion = default;
            for (int look = 0; look < 20; look++)
            {
                (canary, champion) = (More(canary, (int)(600 * share)), More(champion, (int)(600 * (1 - share))));
                bool isDecided = false;
                foreach (Comparison seen in new[] { Comparison.OfRates(canary.Hits, canary.All, champion.Hits, champion.All), TruthLog.Compare(RolloutMetric.Reward, Sums(canary), Sums(champion)) })
                    isDecided |= judge.VerdictOf(policy.Goal!, seen) is EvidenceVerdict.Met or EvidenceVerdict.Breached;
                if (!isDecided)
                    continue;
                decided++;
                break;
            }

            (long, long) More((long Hits, long All) arm, int count) => (arm.Hits + Enumerable.Range(0, count).Count(_ => random.NextDouble() < rate), arm.All + count);
        }

        Assert.InRange(decided / 1_000.0, 0, policy.Alpha / 2);

        static ClusterSums Sums((long Hits, long All) arm)
        {
            var sums = new ClusterSums(1);
            sums.Add(ClusterSums.Alone, SampleMoments.OfHits(arm.Hits, arm.All));
            return sums;
        }
    }

    [Fact]
    public void Canary_WorseThanAChampionThatWasLuckySoFar_IsHeldAndDoesNotPass()
    {
        var policy = new RolloutPolicy();

        MetricEvidence seen = new PolicyJudge(policy).Judge(policy.AllGuardrails[0], Comparison.OfRates(100, 1_000, 0, 5), StageKind.Share, 100);

        Assert.Equal(EvidenceVerdict.Doubtful, seen.Verdict);
    }

    [Fact]
    public void ZTest_LookedAtEachTime_RollsBackFarMoreOftenThanItSays() =>
        Assert.InRange(Share(Canary, (_, look) => look.NewErrors * look.Old > look.OldErrors * look.New && Proportions.PValue(look.NewErrors, look.New, look.OldErrors, look.Old) < 2 * Canary.Alpha), 3 * Canary.Alpha, 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Canary_OfAVersionWorseThanAllowed_PassesByALuckyLookOnlyWhereDoubtNeedNotSettle(bool settles)
    {
        var policy = new RolloutPolicy { Steps = [50], Bake = TimeSpan.Zero, MaxErrorRateIncrease = 0.01 };
        int passed = 0;
        for (ulong seed = 0; seed < 100; seed++)
            passed += Passes(policy, SeededRandom.Derive(8, seed), settles) ? 1 : 0;

        // Two in a hundred more fail than the champion's; one is allowed.
        Assert.InRange(passed / 100.0, settles ? 0 : 0.3, settles ? 0.2 : 1);
    }

    /// <summary>A step of 50 % looked at after every forty requests.</summary>
    private static bool Passes(RolloutPolicy policy, SeededRandom random, bool settles)
    {
        var step = new SimulatedStep(policy, new RolloutStage(50));
        TimeSpan? doubted = null;
        Counts counts = default;
        for (int second = 1; second <= 100; second++)
        {
            counts = counts.With(random, counts.New + 20, counts.Old + 20, Rate + 0.02, Rate);
            RolloutEvidence evidence = step.Evidence(counts);
            Judgement judgement = StageJudge.Judge(evidence, new StageClock(TimeSpan.FromSeconds(second), doubted, policy.Bake, policy.Deadline));
            if (judgement.Verdict is RolloutVerdict.Pass or RolloutVerdict.Breach)
                return judgement.Verdict == RolloutVerdict.Pass;
            if (settles && StageJudge.IsInDoubt(evidence))
                doubted = TimeSpan.FromSeconds(second);
        }

        return false;
    }

    /// <summary>The share of rollouts in which the rule speaks at some look of some step.</summary>
    private static double Share(RolloutPolicy policy, Func<SimulatedStep, Counts, bool> rule)
    {
        int spoke = 0;
        SimulatedStep[] steps = [.. RolloutStage.Of(policy, watched: true).Where(s => s.Percent < 100).Select(s => new SimulatedStep(policy, s))];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var random = SeededRandom.Derive(7, seed);
            spoke += steps.Any(step => Looked(step, random).Any(look => rule(step, look))) ? 1 : 0;
        }

        return spoke / (double)Seeds;
    }

    private static IEnumerable<Counts> Looked(SimulatedStep step, SeededRandom random)
    {
        Counts counts = default;
        foreach (long look in Looks)
            yield return counts = counts.With(random, look, (long)(look * (100 - step.Stage.Percent) / step.Stage.Percent), Rate, Rate);
    }

    /// <summary>Judges a step as a rollout's check does, without the stores.</summary>
    private sealed class SimulatedStep(RolloutPolicy policy, RolloutStage stage)
    {
        private readonly PolicyJudge _judge = new(policy);
        private readonly Guardrail[] _guardrails = [.. new PolicyJudge(policy).Asked(stage.Kind)];

        public RolloutStage Stage => stage;

        public RolloutEvidence Evidence(Counts look) => new([.. _guardrails.Select(g => _judge.Judge(g, Compared(g.Metric, g.Max, look), stage.Kind, stage.Percent))]);

        public bool IsBreached(Counts look) => _guardrails.Any(g => _judge.VerdictOf(g, Compared(g.Metric, g.Max, look), stage.Kind, stage.Percent) == EvidenceVerdict.Breached);

        public bool IsDecided(Counts look) =>
            stage.Kind == StageKind.Test && _judge.VerdictOf(policy.Goal!, Compared(policy.Goal!.Metric, 0, look)) is EvidenceVerdict.Met or EvidenceVerdict.Breached;

        private Comparison Compared(RolloutMetric metric, double max, Counts look) => TrafficComparison.Of(metric, look.NewWindow, look.OldWindow, max, policy.LatencyTolerance);
    }

    /// <summary>What two versions did, whose requests fail, are refused and are slow by chance.</summary>
    private readonly record struct Counts(long New, long NewErrors, long NewRefused, long NewSlow, long Old, long OldErrors, long OldRefused, long OldSlow)
    {
        public TrafficWindow NewWindow => new(New, NewErrors, NewRefused, Latencies(New, NewSlow));

        public TrafficWindow OldWindow => new(Old, OldErrors, OldRefused, Latencies(Old, OldSlow));

        public Counts With(SeededRandom random, long upToNew, long upToOld, double newRate, double oldRate)
        {
            (long more, long moreOld) = (upToNew - New, upToOld - Old);
            return new(
                upToNew, NewErrors + Hits(random, more, newRate), NewRefused + Hits(random, more, newRate), NewSlow + Hits(random, more, Rate),
                upToOld, OldErrors + Hits(random, moreOld, oldRate), OldRefused + Hits(random, moreOld, oldRate), OldSlow + Hits(random, moreOld, Rate));
        }

        /// <summary>How many of so many hit: from one hit to the next the way is geometric.</summary>
        private static long Hits(SeededRandom random, long all, double rate)
        {
            long hits = 0;
            for (double at = Way(random, rate); at < all; at += 1 + Way(random, rate))
                hits++;
            return hits;
        }

        private static double Way(SeededRandom random, double rate) => Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - rate));

        /// <summary>As a histogram is stored: pairs of bucket and count.</summary>
        private static LatencyHistogram Latencies(long all, long slow)
        {
            var bytes = new MemoryStream();
            using var writer = new BinaryWriter(bytes);
            foreach ((int bucket, long count) in new[] { (100, all - slow), (120, slow) })
            {
                writer.Write7BitEncodedInt(bucket);
                writer.Write7BitEncodedInt64(count);
            }

            return LatencyHistogram.FromBytes(bytes.ToArray());
        }
    }
}
