using System.Globalization;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// Which share a bandit's new version should have, by the probability to be the better one (Thompson 1933), and whether it is shown which is: by the
/// sequential test of an A/B test's goal, for a posterior that is looked at again and again ends between equal versions, too.
/// </summary>
internal static class BanditJudge
{
    /// <summary>The difference of mean rewards that the test is tuned to.</summary>
    public const double Effect = 0.05;

    public const double Unknown = 0.5;

    /// <param name="rewards">Compared within the times of one share each.</param>
    /// <param name="percent">The share that it has: without any reward it keeps it.</param>
    public static (BanditEvidence Bandit, MetricEvidence Goal) Judge(RolloutPolicy policy, Comparison rewards, double percent)
    {
        bool isKnown = rewards.CanarySamples + rewards.ChampionSamples > 0;
        double best = !isKnown ? Unknown : ThompsonSampling.Best(Arms(rewards))[0];
        double share = ThompsonSampling.Shares([best, 1 - best], policy.Floor / 100)[0];
        MetricEvidence goal = new PolicyJudge(policy).Judge(Better(policy), rewards);
        return (new BanditEvidence(best, isKnown ? Math.Round(share * 100) : percent), goal with { Reason = string.Create(CultureInfo.InvariantCulture, $"{goal.Reason}; the better one with probability {best:0.###}") });
    }

    public static EvidenceVerdict VerdictOf(RolloutPolicy policy, Comparison rewards) => new PolicyJudge(policy).VerdictOf(Better(policy), rewards);

    public static RolloutGoal Better(RolloutPolicy policy) => new(policy.RewardMetric, Effect);

    /// <summary>
    /// Both means, so far apart as they are within the times of one share, of as many rewards as tell as much as independent ones. A reward between 0
    /// and 1 is so much of a hit and the rest a miss: the mean of what Agrawal and Goyal (2012) draw from it, a coin that falls so, without its noise.
    /// A coin spreads more than what it is drawn from, so that the posterior is too wide if anything, never too narrow.
    /// </summary>
    private static (double Hits, double All)[] Arms(Comparison rewards)
    {
        double all = rewards.CanarySamples + rewards.ChampionSamples;
        double mean = (((rewards.Canary ?? 0) * rewards.CanarySamples) + ((rewards.Champion ?? 0) * rewards.ChampionSamples)) / all;
        if (double.IsNaN(rewards.Worse.Value))
            return [Arm(rewards.Canary ?? 0, rewards.CanarySamples), Arm(rewards.Champion ?? 0, rewards.ChampionSamples)];
        return
        [
            Arm(mean - (rewards.Worse.Value * rewards.ChampionSamples / all), rewards.CanarySamples / rewards.DesignEffect),
            Arm(mean + (rewards.Worse.Value * rewards.CanarySamples / all), rewards.ChampionSamples / rewards.DesignEffect),
        ];
    }

    public static (double Hits, double All) Arm(double mean, double samples) => (Math.Clamp(mean, 0, 1) * samples, samples);
}
