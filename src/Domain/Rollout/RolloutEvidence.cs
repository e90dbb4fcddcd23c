namespace MlOps.Domain.Rollout;

public enum EvidenceVerdict
{
    Met,

    /// <summary>Too few samples, or none.</summary>
    Unmeasured,

    /// <summary>Worse than allowed as far as can be seen, but it may be chance.</summary>
    Doubtful,

    /// <summary>Worse than allowed beyond chance, however often it was looked at.</summary>
    Breached,
}

/// <summary>One metric of both versions over the same window, and what it means.</summary>
/// <param name="Level">Null for the goal of an A/B test.</param>
/// <param name="Canary">The new version's value; null without samples. Latencies in milliseconds.</param>
/// <param name="Low">Lower end of the confidence sequence of how much worse the new version is, by the one-sided test, as <paramref name="High"/> is by the other one; of a latency: of the share of requests above the limit, less 5 %. Null while unbounded.</param>
/// <param name="Limit">What <see cref="Guardrail.Max"/> or the goal asks for.</param>
/// <param name="DesignEffect">How many times the variance of the difference is that of independent samples, since rows of a request, and requests of a unit, are alike; 1 or more.</param>
public sealed record MetricEvidence(
    RolloutMetric Metric,
    GuardrailLevel? Level,
    EvidenceVerdict Verdict,
    double? Canary,
    double? Champion,
    long CanarySamples,
    long ChampionSamples,
    double? Low,
    double? High,
    double Limit,
    string Reason,
    double? DesignEffect = null);

/// <summary>Distinct units that met the new version, and others, since the step began; a sample of them where there are very many.</summary>
/// <param name="Share">Which share of the units the new version should have, 0 to 1; where shares move, on average over the units.</param>
/// <param name="PValue">Below 0.001 units were lost or doubled on the way, and no comparison can be trusted.</param>
public sealed record SampleRatioEvidence(long Canary, long Others, double Share, double PValue);

/// <summary>A shadow against the champion on the same rows.</summary>
/// <param name="Pairs">Rows that both answered.</param>
/// <param name="Agreement">Share of them with the same class; null for regressions.</param>
/// <param name="ScoreShift">Population stability index of the scores.</param>
/// <param name="ScoreDifference">Mean of the shadow's score less the champion's; null for several classes.</param>
public sealed record ShadowEvidence(long Pairs, double? Agreement, double? ScoreShift, double? ScoreDifference);

/// <summary>What a bandit knows.</summary>
/// <param name="Best">Probability that the new version is the better one; of several, that the likeliest of them is the best.</param>
/// <param name="Percent">The share it should have by that; of several, all together.</param>
/// <param name="Arms">The new versions, where there are several.</param>
/// <param name="Winner">The one of them that is shown to be the best.</param>
public sealed record BanditEvidence(double Best, double Percent, IReadOnlyList<BanditArm>? Arms = null, int? Winner = null);

/// <summary>One of a bandit's several new versions.</summary>
/// <param name="Best">Probability that it is the best of those that are in, the champion with them.</param>
/// <param name="Percent">Its share of the traffic.</param>
/// <param name="Rewards">How many it got.</param>
/// <param name="Mean">Of its rewards; null without any.</param>
/// <param name="Out">Why it has no traffic any more; null while it is in.</param>
public sealed record BanditArm(int Version, double Best, double Percent, long Rewards, double? Mean, string? Out = null);

/// <summary>All that a verdict rests on.</summary>
/// <param name="Goal">Of an A/B test; of a bandit, to be the better one.</param>
public sealed record RolloutEvidence(
    IReadOnlyList<MetricEvidence> Guardrails, MetricEvidence? Goal = null, SampleRatioEvidence? SampleRatio = null, ShadowEvidence? Shadow = null, BanditEvidence? Bandit = null);
