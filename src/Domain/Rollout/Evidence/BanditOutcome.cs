namespace MlOps.Domain.Rollout.Evidence;

/// <summary>What a bandit of several new versions has come to.</summary>
/// <param name="Leader">The new version that is likeliest to be the best, or the first one where all are out.</param>
/// <param name="Guardrails">Its own.</param>
internal sealed record BanditOutcome(int Leader, IReadOnlyList<MetricEvidence> Guardrails, MetricEvidence? Goal, BanditEvidence Evidence)
{
    /// <param name="before">The new versions as they are so far.</param>
    /// <param name="judged">The guardrails of those that are in.</param>
    /// <param name="compare">The rewards of the first version as those of the new one, of the second as the champion's.</param>
    public static BanditOutcome Of(
        RolloutPolicy policy, int champion, IReadOnlyList<BanditArm> before, IReadOnlyDictionary<int, IReadOnlyList<MetricEvidence>> judged, Func<int, int, Comparison> compare)
    {
        Dictionary<int, string> outs = before.Where(a => a.Out is not null).ToDictionary(a => a.Version, a => a.Out!);
        foreach ((int version, IReadOnlyList<MetricEvidence> guardrails) in judged)
        {
            if (guardrails.FirstOrDefault(g => g is { Verdict: EvidenceVerdict.Breached, Level: GuardrailLevel.Hard }) is { } breach)
                outs[version] = breach.Reason;
        }

        int[] versions = [.. before.Select(a => a.Version).Where(v => !outs.ContainsKey(v))];
        if (versions.Length == 0)
            return new(before[0].Version, judged.Values.FirstOrDefault(g => g.Any(m => m is { Verdict: EvidenceVerdict.Breached, Level: GuardrailLevel.Hard })) ?? [],
                new(policy.RewardMetric, null, EvidenceVerdict.Breached, null, null, 0, 0, null, null, 0, $"no new version is left: {string.Join("; ", outs.Values)}"), Evidence([], null));
        (IReadOnlyList<BanditArm> arms, int? winner, MetricEvidence goal) = new BanditField(policy, champion, versions, compare).Judge();
        int leader = arms.MaxBy(a => a.Best)!.Version;
        bool isKnown = arms.Any(a => a.Rewards > 0 || compare(a.Version, champion).ChampionSamples > 0);
        return new(leader, judged[leader], goal, Evidence(isKnown ? arms : BanditShares.Kept(before, arms), winner));

        BanditEvidence Evidence(IReadOnlyList<BanditArm> arms, int? winner)
        {
            BanditArm[] all = [.. before.Select(b => arms.FirstOrDefault(a => a.Version == b.Version) ?? b with { Best = 0, Percent = 0, Out = outs[b.Version] })];
            return new(all.Max(a => a.Best), Math.Round(all.Sum(a => a.Percent), 2), all, winner);
        }
    }
}
