namespace MlOps.Domain.Rollout.Evidence;

/// <summary>The evidence of a bandit of several new versions: each one's guardrails, then their rewards, then whether units were lost.</summary>
internal static class FieldEvidence
{
    /// <param name="champion">The version that they are compared with.</param>
    /// <param name="seen">Of each new version that is in: what its guardrails ask for (<see cref="PolicyJudge.Asked"/>), in that order.</param>
    /// <param name="rewards">Of the first version as the new one's, of the second as the champion's.</param>
    /// <returns>The evidence, and the version that it is about: the likeliest to be the best.</returns>
    public static (RolloutEvidence Evidence, int Leader) Of(
        RolloutPolicy policy, int champion, CheckInput input, IReadOnlyDictionary<int, IReadOnlyList<Comparison>> seen, Func<int, int, Comparison> rewards, SampleRatioEvidence? ratio)
    {
        var judge = new PolicyJudge(policy);
        Dictionary<int, IReadOnlyList<MetricEvidence>> judged = seen.ToDictionary(
            s => s.Key, s => (IReadOnlyList<MetricEvidence>)[.. judge.Asked(input.Kind).Zip(s.Value, (guardrail, compared) => judge.Judge(guardrail, compared, input.Kind, input.Percent))]);
        BanditOutcome field = BanditOutcome.Of(policy, champion, input.Arms!, judged, rewards);
        return (new RolloutEvidence(field.Guardrails, field.Goal, ratio, Bandit: field.Evidence), field.Leader);
    }
}
