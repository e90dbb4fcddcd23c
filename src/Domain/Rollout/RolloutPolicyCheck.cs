namespace MlOps.Domain.Rollout;

/// <summary>What is wrong with a policy, all of it at once.</summary>
internal static class RolloutPolicyCheck
{
    /// <exception cref="MlOpsException">Invalid <c>rollout-policy</c>.</exception>
    public static void Check(RolloutPolicy policy)
    {
        string[] problems = [.. Problems(policy)];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("rollout-policy", $"the rollout policy cannot be used: {string.Join("; ", problems)}");
    }

    private static IEnumerable<string> Problems(RolloutPolicy policy)
    {
        if (policy.Strategy == RolloutStrategy.Canary && policy.Steps.Count == 0)
            yield return "steps is empty, expected rising percentages such as 10, 50, 100";
        if (policy.Steps.Count > RolloutPolicy.MaxSteps)
            yield return $"steps has {policy.Steps.Count} entries, allowed are {RolloutPolicy.MaxSteps}";
        for (int i = 0; i < Math.Min(policy.Steps.Count, RolloutPolicy.MaxSteps); i++)
        {
            if (!(policy.Steps[i] is >= 0.01 and <= 100))
                yield return $"steps[{i}] is {policy.Steps[i]}, allowed is 0.01 to 100 percent";
            else if (i > 0 && policy.Steps[i] <= policy.Steps[i - 1])
                yield return $"steps[{i}] is {policy.Steps[i]}, expected more than the {policy.Steps[i - 1]} before it";
        }

        if (policy.Bake < TimeSpan.Zero)
            yield return $"bake is {policy.Bake}, allowed is 0 or more";
        if (policy.Deadline <= policy.Bake)
            yield return $"deadline is {policy.Deadline}, expected more than the bake of {policy.Bake}";
        if (policy.MinRequests < 1)
            yield return $"minRequests is {policy.MinRequests}, allowed is 1 or more: a step that nobody asked anything cannot pass (use strategy direct to go without)";
        if (!(policy.MaxErrorRateIncrease is >= 0 and <= 1))
            yield return $"maxErrorRateIncrease is {policy.MaxErrorRateIncrease}, allowed is 0 to 1";
        if (!(policy.MaxLatencyRatio >= 1))
            yield return $"maxLatencyRatio is {policy.MaxLatencyRatio}, allowed is 1 or more";
        if (policy.LatencyTolerance < TimeSpan.Zero)
            yield return $"latencyTolerance is {policy.LatencyTolerance}, allowed is 0 or more";
        if (policy.CheckEvery < TimeSpan.FromMilliseconds(100) || policy.CheckEvery > TimeSpan.FromHours(1))
            yield return $"checkEvery is {policy.CheckEvery}, allowed is 0.1 s to 1 h";
    }
}
