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
            BanditEvidence bandit = BanditJudge.Judge(Policy, seen, random).Bandit;
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
