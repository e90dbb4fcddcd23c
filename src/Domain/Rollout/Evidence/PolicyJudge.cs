using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>What a policy asks of a step, and what comparisons mean by it.</summary>
internal sealed class PolicyJudge(RolloutPolicy policy)
{
    /// <summary>With fewer rows an index of shift has one bin and finds nothing.</summary>
    private const long FewestForShift = 2 * StabilityEstimate.FewestInBin;

    private readonly GuardrailJudge _guardrails = new(AlphaBudget.Of(policy).Guardrail);
    private readonly GuardrailJudge _goal = new(AlphaBudget.Of(policy).SideOfGoal);

    /// <summary>The guardrails of a step: two versions that answer different requests cannot disagree.</summary>
    public IEnumerable<Guardrail> Asked(StageKind kind) =>
        policy.AllGuardrails.Where(g => g.Metric != RolloutMetric.Disagreement || kind == StageKind.Shadow);

    /// <summary>The samples that a guardrail needs of the new version.</summary>
    public long Needed(Guardrail guardrail) =>
        Math.Max(guardrail.MinSamples ?? policy.MinRequests, guardrail.Metric == RolloutMetric.PredictionShift ? FewestForShift : 1);

    /// <summary>And of the champion: in a shadow's step as many, for it answers the same requests.</summary>
    public long ChampionNeeded(Guardrail guardrail, StageKind kind, double percent)
    {
        long needed = Needed(guardrail);
        long least = guardrail.Metric == RolloutMetric.PredictionShift ? FewestForShift : 1;
        return kind == StageKind.Shadow ? needed : Math.Max(least, ChampionReference.Needs(needed, percent));
    }

    public MetricEvidence Judge(Guardrail guardrail, Comparison seen, StageKind kind, double percent) =>
        _guardrails.Judge(guardrail, seen, Needed(guardrail), ChampionNeeded(guardrail, kind, percent));

    /// <summary>The verdict alone, without the numbers that people want to see.</summary>
    public EvidenceVerdict VerdictOf(Guardrail guardrail, Comparison seen, StageKind kind, double percent) =>
        _guardrails.VerdictOf(guardrail, seen, Needed(guardrail), ChampionNeeded(guardrail, kind, percent));

    public EvidenceVerdict VerdictOf(RolloutGoal goal, Comparison seen) => _goal.VerdictOf(goal, seen, policy.MinRequests);

    public MetricEvidence Judge(RolloutGoal goal, Comparison seen) => _goal.Judge(goal, seen, policy.MinRequests);
}
