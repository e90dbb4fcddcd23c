namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// How <see cref="RolloutPolicy.Alpha"/> is spent, so that all wrong decisions of a rollout together have that probability (Bonferroni):
/// with a goal, which a bandit has too, one half goes to its two sides, wrongly met and wrongly missed, else all to the guardrails; they share theirs among all
/// windows in which they are judged anew, the steps and the wait for approval. Of a bandit's several new versions each is judged by guardrails of its own, and
/// each pair of versions by two sides.
/// </summary>
internal readonly record struct AlphaBudget(double Guardrail, double SideOfGoal)
{
    public static AlphaBudget Of(RolloutPolicy policy)
    {
        int windows = RolloutStage.Of(policy, watched: true).Count + (policy.Approval == RolloutApproval.Manual ? 1 : 0);
        double guardrails = policy.Goal is null && policy.Strategy != RolloutStrategy.Bandit ? policy.Alpha : policy.Alpha / 2;
        int arms = policy.Others.Count + 2;
        return new(guardrails / (policy.AllGuardrails.Count * windows * (arms - 1)), policy.Alpha / 2 / (arms * (arms - 1)));
    }
}
