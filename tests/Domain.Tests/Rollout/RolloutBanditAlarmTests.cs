using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Learning;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>Bandits of versions that do not differ, or whose rates follow the time of day. Seeded: the same ones every time.</summary>
public sealed class RolloutBanditAlarmTests
{
    private const int Seeds = 400;
    private const int Looks = 25;
    private const int RewardsALook = 100;

    private static readonly RolloutPolicy Policy = new() { Strategy = RolloutStrategy.Bandit, Floor = 10 };

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Bandit_OfEqualVersions_EndsAtMostAsOftenAsAllowed(double rhythm) =>
        Assert.InRange(Ended(0, rhythm, byPosterior: false).Sum(), 0, Policy.Alpha / 2);

    [Fact]
    public void Bandit_OfEqualVersionsByThePosterior_EndsFarMoreOftenThanAllowed() =>
        Assert.InRange(Ended(0, 0, byPosterior: true).Sum(), 4 * Policy.Alpha, 1);

    [Fact]
    public void Bandit_OfAWorseVersionOverTheDay_HardlyEverPromotesIt() =>
        Assert.InRange(Ended(-0.03, 0.3, byPosterior: false)[0], 0, Policy.Alpha / 2);

    [Fact]
    public void Bandit_OfABetterVersion_PromotesIt() =>
        Assert.InRange(Ended(0.2, 0, byPosterior: false)[0], 0.9, 1);

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Bandit_OfThreeEqualVersions_EndsAtMostAsOftenAsAllowed(double rhythm) =>
        Assert.InRange(Field([0, 0, 0], rhythm).Count(e => e != 0) / (double)(Seeds / 2), 0, Policy.Alpha / 2);

    [Fact]
    public void Bandit_OfThreeVersionsOfWhichOneIsBetter_PromotesIt() =>
        Assert.InRange(Field([0, 0, 0.2], 0.3).Count(e => e == 3) / (double)(Seeds / 2), 0.9, 1);

    /// <summary>Of bandits of two new versions: the version that won, 1 where one of equal ones is dropped, 0 for none.</summary>
    private static int[] Field(double[] better, double rhythm) =>
        [.. Enumerable.Range(0, Seeds / 2).Select(seed => Run(SeededRandom.Derive(22, (ulong)seed), better, rhythm))];

    private static int Run(SeededRandom random, double[] better, double rhythm)
    {
        RolloutPolicy policy = Policy with { Others = [3] };
        var pairs = new Dictionary<(int, int), StratifiedMeans> { [(2, 1)] = new(), [(3, 1)] = new(), [(3, 2)] = new() };
        IReadOnlyList<BanditArm> arms = BanditShares.Begin(policy with { Share = 66 }, 2)!;
        var guardrails = new Dictionary<int, IReadOnlyList<MetricEvidence>> { [2] = [], [3] = [] };
        for (int look = 0, turn = 0; look < 2 * Looks; look++)
        {
            double rate = 0.4 + (rhythm * Math.Sin(2 * Math.PI * look / 10));
            double[] ends = [arms[0].Percent / 100, (arms[0].Percent + arms[1].Percent) / 100];
            int[] versions = [.. Enumerable.Range(0, RewardsALook).Select(_ => random.NextDouble()).Select(u => u < ends[0] ? 2 : u < ends[1] ? 3 : 1)];
            foreach (int version in versions.Distinct())
            {
                int count = versions.Count(v => v == version), hits = Enumerable.Range(0, count).Count(_ => random.NextDouble() < rate + better[version - 1]);
                foreach (((int next, int old), StratifiedMeans pair) in pairs.Where(p => p.Key.Item1 == version || p.Key.Item2 == version))
                    pair.Add(turn, next == version, ClusterSums.Alone, new(count, hits / (double)count, hits * (count - hits) / (double)count));
            }

            Dictionary<(int, int), Comparison> seen = pairs.ToDictionary(p => p.Key, p => TruthLog.Compare(p.Value));
            BanditOutcome outcome = BanditOutcome.Of(policy, 1, arms, guardrails, (a, b) => seen.TryGetValue((a, b), out Comparison? known) ? known : seen[(b, a)].Reversed());
            if (outcome.Evidence.Winner is { } winner)
                return winner;
            if (outcome.Evidence.Arms!.Any(a => a.Out is not null) && better.All(b => b == 0))
                return 1;
            if (BanditShares.Next(arms, outcome.Evidence.Arms!, isPaused: false) is { } given)
                (arms, turn) = (given, turn + 1);
        }

        return 0;
    }

    /// <summary>The shares of bandits that promoted the version, and that rolled it back.</summary>
    private static double[] Ended(double better, double rhythm, bool byPosterior)
    {
        double[] ended = [0, 0];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            EvidenceVerdict verdict = Run(SeededRandom.Derive(21, seed), better, rhythm, byPosterior);
            if (verdict is EvidenceVerdict.Met or EvidenceVerdict.Breached)
                ended[verdict == EvidenceVerdict.Met ? 0 : 1] += 1.0 / Seeds;
        }

        return ended;
    }

    private static EvidenceVerdict Run(SeededRandom random, double better, double rhythm, bool byPosterior)
    {
        var rewards = new StratifiedMeans();
        (double share, int turn) = (0.5, 0);
        for (int look = 0; look < Looks; look++)
        {
            double rate = 0.4 + (rhythm * Math.Sin(2 * Math.PI * look / 10));
            int canary = Enumerable.Range(0, RewardsALook).Count(_ => random.NextDouble() < share);
            Reward(canary, rate + better, isNew: true);
            Reward(RewardsALook - canary, rate, isNew: false);
            Comparison seen = TruthLog.Compare(rewards);
            BanditEvidence bandit = BanditJudge.Judge(Policy, seen, 100 * share).Bandit;
            EvidenceVerdict verdict = !byPosterior ? BanditJudge.VerdictOf(Policy, seen)
                : bandit.Best >= 1 - Policy.Alpha ? EvidenceVerdict.Met : bandit.Best <= Policy.Alpha ? EvidenceVerdict.Breached : EvidenceVerdict.Doubtful;
            if (verdict is EvidenceVerdict.Met or EvidenceVerdict.Breached && Math.Min(seen.CanarySamples, seen.ChampionSamples) >= Policy.MinRequests)
                return verdict;
            if (Math.Abs((bandit.Percent / 100) - share) >= 0.03)
                (share, turn) = (bandit.Percent / 100, turn + 1);
        }

        return EvidenceVerdict.Doubtful;

        void Reward(int count, double rate, bool isNew)
        {
            int hits = Enumerable.Range(0, count).Count(_ => random.NextDouble() < rate);
            if (count > 0)
                rewards.Add(turn, isNew, ClusterSums.Alone, new(count, hits / (double)count, hits * (count - hits) / (double)count));
        }
    }
}
