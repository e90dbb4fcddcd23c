using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Rollout;

/// <summary>What of a policy is read from the prediction log, and so cannot be had while nothing is recorded.</summary>
public static class LogNeeds
{
    /// <summary>For people; empty when it needs none of it.</summary>
    public static IReadOnlyList<string> Of(RolloutPolicy policy)
    {
        List<string> needs = [.. policy.Guardrails.Where(g => MetricNames.IsOfLog(g.Metric)).Select(g => $"the guardrail of {MetricNames.Of(g.Metric)}")];
        if (policy.Goal is { } goal && MetricNames.IsOfLog(goal.Metric))
            needs.Add($"the goal of {MetricNames.Of(goal.Metric)}");
        if (policy.Strategy == RolloutStrategy.Bandit)
            needs.Add("the rewards of a bandit");
        if (policy.Strategy == RolloutStrategy.Shadow)
            needs.Add("the comparison of a shadow with the champion, request by request");
        return needs;
    }

    /// <summary>Whether nothing is recorded.</summary>
    internal static bool IsOff(LogPolicy log) => log.Off || log.Sample == 0;

    /// <exception cref="MlOpsException">Invalid <c>rollout-log-off</c>: it could only wait for its deadline.</exception>
    internal static async Task CheckAsync(LogPolicies policies, string model, RolloutPolicy policy, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> needs = Of(policy);
        if (needs.Count > 0 && IsOff((await policies.GetAsync(model, cancellationToken)).Policy))
            throw MlOpsException.Invalid("rollout-log-off", Told(model, needs));
    }

    /// <summary>For people.</summary>
    internal static string Told(string model, IReadOnlyList<string> needs) =>
        $"nothing is recorded of '{model}', and {string.Join(", ", needs)} cannot be had without the prediction log: record a sample (mlops model log {model} --on --sample 0.1), or roll out without";
}
