using System.Globalization;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// A bandit of several new versions: which share each should have, which are out, and whether one has won. Each pair of versions is compared by the
/// sequential test of an A/B test's goal, in both directions (<see cref="AlphaBudget"/>), so that all that is said of them is right together. A new version
/// is out when it is shown to be worse than the champion or than another one (successive elimination; Even-Dar, Mannor and Mansour 2006). One has won when
/// it is shown to be better than the champion, and not worse than any other that is still in by what the test is tuned to.
/// </summary>
/// <param name="versions">New ones that are still in.</param>
/// <param name="compare">The rewards of the first as those of the new version, of the second as the champion's.</param>
internal sealed class BanditField(RolloutPolicy policy, int champion, IReadOnlyList<int> versions, Func<int, int, Comparison> compare)
{
    private readonly PolicyJudge _judge = new(policy);
    private readonly RolloutGoal _better = BanditJudge.Better(policy);

    /// <returns>What the versions get, and whether it is shown that one of them is the best.</returns>
    public (IReadOnlyList<BanditArm> Arms, int? Winner, MetricEvidence Goal) Judge()
    {
        Dictionary<int, string?> outs = versions.ToDictionary(v => v, OutOf);
        int[] left = [.. versions.Where(v => outs[v] is null)];
        double[] best = Best([champion, .. left]);
        double[] shares = ThompsonSampling.Shares(best, policy.Floor / 100);
        BanditArm[] arms = [.. versions.Select(v => Arm(v, Array.IndexOf(left, v) + 1))];
        if (left.Length == 0)
            return (arms, null, Lost(versions[0], string.Join("; ", outs.Values)));
        int leader = left.MaxBy(v => best[Array.IndexOf(left, v) + 1]);
        int[] rivals = [.. left.Where(v => v != leader && _judge.VerdictOf(_better with { Margin = BanditJudge.Effect }, compare(leader, v)) != EvidenceVerdict.Met)];
        MetricEvidence goal = _judge.Judge(_better, compare(leader, champion));
        string told = string.Create(CultureInfo.InvariantCulture, $"version {leader}: {goal.Reason}; the best one with probability {best[Array.IndexOf(left, leader) + 1]:0.###}");
        bool isOpen = goal.Verdict == EvidenceVerdict.Met && rivals.Length > 0;
        if (isOpen)
            told += $"; not yet clear whether it is as good as version {string.Join(", ", rivals)}";
        return (arms, goal.Verdict == EvidenceVerdict.Met && !isOpen ? leader : null, goal with { Reason = told, Verdict = isOpen ? EvidenceVerdict.Doubtful : goal.Verdict });

        BanditArm Arm(int version, int place)
        {
            Comparison seen = compare(version, champion);
            return new(version, place == 0 ? 0 : best[place], place == 0 ? 0 : Math.Round(shares[place] * 100, 2), seen.CanarySamples, seen.Canary, outs[version]);
        }
    }

    /// <summary>Why the version is out; null while it is in.</summary>
    private string? OutOf(int version) => versions.Where(v => v != version).Prepend(champion)
        .Where(other => _judge.VerdictOf(_better, compare(version, other)) == EvidenceVerdict.Breached)
        .Select(other => $"version {version} is shown to be worse than version {other}: {compare(version, other).Shown(policy.RewardMetric)}").FirstOrDefault();

    /// <summary>By each one's difference from the champion within the times of one share, of as many rewards as tell as much as independent ones.</summary>
    private double[] Best(int[] all)
    {
        Comparison[] seen = [.. all[1..].Select(v => compare(v, champion))];
        Comparison? known = seen.FirstOrDefault(c => c.ChampionSamples > 0);
        double mean = known?.Champion ?? BanditJudge.Unknown;
        return ThompsonSampling.Best(
        [
            BanditJudge.Arm(mean, known is null ? 0 : known.ChampionSamples / known.DesignEffect),
            .. seen.Select(c => BanditJudge.Arm(double.IsNaN(c.Worse.Value) ? c.Canary ?? 0 : mean - c.Worse.Value, c.CanarySamples / c.DesignEffect)),
        ]);
    }

    private MetricEvidence Lost(int version, string why) => _judge.Judge(_better, compare(version, champion)) with { Verdict = EvidenceVerdict.Breached, Reason = why };
}
