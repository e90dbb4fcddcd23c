using System.Globalization;
using MlOps.Learning;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// Which share a bandit's new version should have, and whether it is clear which version is the better one: by their posterior
/// probabilities, which is no test in the sense of guardrails, for it has no alpha over all looks.
/// </summary>
internal static class BanditJudge
{
    private const double Unknown = 0.5;

    public static (BanditEvidence Bandit, MetricEvidence Goal) Judge(RolloutPolicy policy, Comparison rewards, SeededRandom random)
    {
        double best = rewards.CanarySamples + rewards.ChampionSamples == 0 ? Unknown : ThompsonSampling.Best([Arm(rewards.Canary, rewards.CanarySamples), Arm(rewards.Champion, rewards.ChampionSamples)], random)[0];
        double share = ThompsonSampling.Shares([best, 1 - best], policy.Floor / 100)[0];
        bool enough = rewards.CanarySamples >= policy.MinRequests && rewards.ChampionSamples >= policy.MinRequests;
        EvidenceVerdict verdict = !enough ? EvidenceVerdict.Unmeasured
            : best >= 1 - policy.Alpha ? EvidenceVerdict.Met
            : best <= policy.Alpha ? EvidenceVerdict.Breached
            : EvidenceVerdict.Doubtful;
        string reason = string.Create(CultureInfo.InvariantCulture, $"{rewards.Shown(RolloutMetric.Accuracy)}: the better one with probability {best:0.###}");
        var goal = new MetricEvidence(
            RolloutMetric.Accuracy, null, verdict, rewards.Canary, rewards.Champion, rewards.CanarySamples, rewards.ChampionSamples, null, null, 1 - policy.Alpha, reason);
        return (new BanditEvidence(best, Math.Round(share * 100)), goal);
    }

    private static (long, long) Arm(double? rate, long samples) => ((long)Math.Round((rate ?? 0) * samples), samples);
}
