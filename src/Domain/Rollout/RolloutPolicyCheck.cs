using MlOps.Domain.Serving.Units;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout;

/// <summary>What is wrong with a policy, all of it at once.</summary>
internal static class RolloutPolicyCheck
{
    /// <summary>One of the 10,000 buckets that traffic is divided into: less rounds to none.</summary>
    private const double LeastShare = 0.01;

    private const double MostShare = 99.99;

    /// <exception cref="MlOpsException">Invalid <c>rollout-policy</c>.</exception>
    public static void Check(RolloutPolicy policy, LearningTask task)
    {
        string[] problems = [.. Problems(policy), .. MetricProblems(policy, task)];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("rollout-policy", $"the rollout policy cannot be used: {string.Join("; ", problems)}");
    }

    private static IEnumerable<string> Problems(RolloutPolicy policy) => StepProblems(policy).Concat(LimitProblems(policy)).Concat(StrategyProblems(policy)).Concat(policy.Guardrails.SelectMany(g => GuardrailProblems(policy, g)));

    private static IEnumerable<string> StepProblems(RolloutPolicy policy)
    {
        if (policy.Strategy is RolloutStrategy.Canary or RolloutStrategy.Shadow && policy.Steps.Count == 0)
            yield return "steps is empty, expected rising percentages such as 10, 50, 100";
        if (policy.Steps.Count > RolloutPolicy.MaxSteps)
            yield return $"steps has {policy.Steps.Count} entries, allowed are {RolloutPolicy.MaxSteps}";
        for (int i = 0; i < Math.Min(policy.Steps.Count, RolloutPolicy.MaxSteps); i++)
        {
            if (!(policy.Steps[i] is 100 or (>= LeastShare and <= MostShare)))
                yield return $"steps[{i}] is {policy.Steps[i]}, allowed is {LeastShare} to {MostShare} percent, or 100";
            else if (i > 0 && policy.Steps[i] <= policy.Steps[i - 1])
                yield return $"steps[{i}] is {policy.Steps[i]}, expected more than the {policy.Steps[i - 1]} before it";
        }
    }

    private static IEnumerable<string> LimitProblems(RolloutPolicy policy)
    {
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
        if (!(policy.Alpha is > 0 and <= 0.5))
            yield return $"alpha is {policy.Alpha}, allowed is above 0 to 0.5";
        if (policy.Unit is { } unit && !UnitSource.IsSource(unit))
            yield return $"unit is '{unit}', expected {UnitSource.Syntax}";
        foreach (string window in policy.Freeze.Where(w => FreezeWindow.Parse(w) is null))
            yield return $"freeze '{window}' is no window, expected {FreezeWindow.Syntax}";
        if (FreezeWindow.AreTooLong(policy.Freeze))
            yield return $"freeze lasts longer than {FreezeWindow.Longest.TotalDays} days at a stretch ({string.Join(", ", policy.Freeze)}): leave a gap in which the rollout can go on, or start it later";
    }

    private static IEnumerable<string> StrategyProblems(RolloutPolicy policy)
    {
        if (!(policy.Increment is >= 1 and <= 100))
            yield return $"increment is {policy.Increment}, allowed is 1 to 100 percent";
        else if (policy.Strategy == RolloutStrategy.Linear && RolloutStage.Of(policy, watched: true) is [.., { Percent: > MostShare } last, _])
            yield return $"increment is {policy.Increment}, whose last step before 100 percent would be {last.Percent}: a champion with less than {LeastShare} percent has no traffic";
        if (!(policy.Share is >= LeastShare and <= MostShare))
            yield return $"share is {policy.Share}, allowed is {LeastShare} to {MostShare} percent";
        if (!(policy.Floor is >= 1 and <= 50))
            yield return $"floor is {policy.Floor}, allowed is 1 to 50 percent";
        if (policy.Others.Count > 0 && policy.Strategy != RolloutStrategy.Bandit)
            yield return $"others is for strategy bandit, not for {EnumWord.Of(policy.Strategy)}: elsewhere one new version is compared with the champion";
        if (policy.Others.Count > RolloutPolicy.MostOthers || policy.Others.Distinct().Count() < policy.Others.Count || policy.Others.Any(v => v < 1))
            yield return $"others is [{string.Join(", ", policy.Others)}], allowed are up to {RolloutPolicy.MostOthers} different versions";
        else if (policy.Others.Count > 0 && policy.Floor * (policy.Others.Count + 2) > 100)
            yield return $"floor is {policy.Floor}, allowed is {100.0 / (policy.Others.Count + 2):0.##} percent at most for {policy.Others.Count + 2} versions";
        if (policy.Others.Count > 0 && policy.Share / (policy.Others.Count + 1) < LeastShare)
            yield return $"share is {policy.Share}, allowed is {LeastShare * (policy.Others.Count + 1)} percent or more for {policy.Others.Count + 1} new versions";
        if (policy.Reward != RolloutReward.Truth && policy.Strategy != RolloutStrategy.Bandit)
            yield return $"reward is for strategy bandit, not for {EnumWord.Of(policy.Strategy)}; an A/B test has the goal reward";
        if (policy.Strategy == RolloutStrategy.Shadow && policy.Guardrails.Any(g => g.Metric == RolloutMetric.Reward))
            yield return $"guardrail {EnumWord.Of(RolloutMetric.Reward)} is not for strategy shadow: nobody sees a shadow's answers, so nobody can reward them";
        if (!(policy.ShadowShare is >= LeastShare and <= 100))
            yield return $"shadowShare is {policy.ShadowShare}, allowed is {LeastShare} to 100 percent";
        if (policy.KeepWarm < TimeSpan.Zero || policy.KeepWarm >= policy.Deadline)
            yield return $"keepWarm is {policy.KeepWarm}, allowed is 0 to less than the deadline of {policy.Deadline}";
        if (policy.KeepWarm > TimeSpan.Zero && policy.Strategy != RolloutStrategy.Direct)
            yield return $"keepWarm is for strategy direct; the last step of {EnumWord.Of(policy.Strategy)} is watched for its bake";
        if (policy.Strategy == RolloutStrategy.AbTest && policy.Goal is null)
            yield return "goal is missing: an A/B test needs to know what the new version must show";
        if (policy.Strategy != RolloutStrategy.Shadow && policy.Guardrails.Any(g => g.Metric == RolloutMetric.Disagreement))
            yield return $"guardrail {EnumWord.Of(RolloutMetric.Disagreement)} is for strategy shadow: only there both versions answer the same requests";
        if (policy.Strategy == RolloutStrategy.Bandit && policy.Guardrails.Any(g => g.Metric == RolloutMetric.PredictionShift))
            yield return $"guardrail {EnumWord.Of(RolloutMetric.PredictionShift)} is not for strategy bandit: as the shares move, the versions' answers are not of the same hours";
        if (policy.Goal is not { } goal)
            yield break;
        if (policy.Strategy != RolloutStrategy.AbTest)
            yield return $"goal is for strategy abTest, not for {EnumWord.Of(policy.Strategy)}; a limit that a version must keep is a guardrail";
        if (goal.Metric is RolloutMetric.LatencyP95 or RolloutMetric.PredictionShift or RolloutMetric.Disagreement)
            yield return $"goal.metric is {EnumWord.Of(goal.Metric)}, which no A/B test can compare; allowed are errorRate, rejectedRate, accuracy, brierScore, absoluteError, squaredError, reward";
        double largest = RolloutPolicy.Largest(goal.Metric);
        if (!(goal.MinEffect >= RolloutGoal.LeastEffect && goal.MinEffect <= largest && double.IsFinite(goal.MinEffect)))
            yield return $"goal.minEffect is {goal.MinEffect}, allowed is {RolloutGoal.LeastEffect} {UpTo(largest)}: the improvement worth finding";
        if (!(goal.Margin >= 0 && goal.Margin <= largest && double.IsFinite(goal.Margin)))
            yield return $"goal.margin is {goal.Margin}, allowed is 0 {UpTo(largest)}";
    }

    private static IEnumerable<string> MetricProblems(RolloutPolicy policy, LearningTask task) => policy.Guardrails.Select(g => g.Metric)
        .Concat(policy.Goal is { } goal ? [goal.Metric] : []).Distinct()
        .Where(m => !RolloutPolicy.Fits(m, task)).Select(m => $"{EnumWord.Of(m)} cannot be had for a model of task {task.ToString().ToLowerInvariant()}")
        .Concat(policy.Strategy == RolloutStrategy.Bandit && !RolloutPolicy.Fits(policy.RewardMetric, task)
            ? [$"a {task.ToString().ToLowerInvariant()} has no right class to reward: send rewards with the feedback, and set reward to given"]
            : []);

    private static IEnumerable<string> GuardrailProblems(RolloutPolicy policy, Guardrail guardrail)
    {
        string at = $"guardrail {EnumWord.Of(guardrail.Metric)}";
        double least = guardrail.Metric == RolloutMetric.LatencyP95 ? 1 : 0, largest = RolloutPolicy.Largest(guardrail.Metric);
        if (!(guardrail.Max >= least && guardrail.Max <= largest && double.IsFinite(guardrail.Max)))
            yield return $"{at}: max is {guardrail.Max}, allowed is {least} {UpTo(largest)}";
        else if (guardrail is { Metric: RolloutMetric.PredictionShift, Max: < Guardrail.LeastShift })
            yield return $"{at}: max is {guardrail.Max}, allowed is {Guardrail.LeastShift} or more: a smaller index is what chance alone gives hundreds of rows";
        else if (guardrail is { Metric: RolloutMetric.AbsoluteError or RolloutMetric.SquaredError, Max: 0 })
            yield return $"{at}: max is 0, expected above 0: it gives the test its scale";
        if (guardrail.MinSamples < 1)
            yield return $"{at}: minSamples is {guardrail.MinSamples}, allowed is 1 or more";
        if (policy.Guardrails.Count(g => g.Metric == guardrail.Metric) > 1 && policy.Guardrails.First(g => g.Metric == guardrail.Metric) == guardrail)
            yield return $"{at} is there twice";
    }

    private static string UpTo(double largest) => double.IsFinite(largest) ? $"to {largest}" : "or more";
}
