using MlOps.Domain.Rollout;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Reading;

internal static class RolloutSectionReader
{
    private static readonly Dictionary<string, RolloutApproval> Approvals = new(StringComparer.Ordinal)
    {
        ["none"] = RolloutApproval.None,
        ["manual"] = RolloutApproval.Manual,
    };

    private static readonly Dictionary<string, RolloutStrategy> Strategies = new(StringComparer.Ordinal)
    {
        ["direct"] = RolloutStrategy.Direct,
        ["canary"] = RolloutStrategy.Canary,
        ["linear"] = RolloutStrategy.Linear,
        ["shadow"] = RolloutStrategy.Shadow,
        ["abTest"] = RolloutStrategy.AbTest,
        ["bandit"] = RolloutStrategy.Bandit,
    };

    private static readonly Dictionary<string, RolloutReward> Rewards = new(StringComparer.Ordinal)
    {
        ["truth"] = RolloutReward.Truth,
        ["given"] = RolloutReward.Given,
    };

    public static RolloutPolicy? Read(YamlMap? map, LearningTask? task)
    {
        if (map is null)
            return null;
        var standard = new RolloutPolicy();
        var rollout = new RolloutPolicy
        {
            Strategy = map.Choice("strategy", standard.Strategy, Strategies),
            Steps = ReadSteps(map) ?? standard.Steps,
            Bake = map.Duration("bake", TimeSpan.Zero) ?? standard.Bake,
            MinRequests = map.Whole("minRequests", 1, int.MaxValue) ?? standard.MinRequests,
            MaxErrorRateIncrease = map.Share("maxErrorRateIncrease") ?? standard.MaxErrorRateIncrease,
            MaxLatencyRatio = map.Number("maxLatencyRatio", 1, 1_000) ?? standard.MaxLatencyRatio,
            LatencyTolerance = map.Duration("latencyTolerance", TimeSpan.Zero) ?? standard.LatencyTolerance,
            Approval = map.Choice("approval", standard.Approval, Approvals),
            Deadline = map.Duration("deadline", TimeSpan.FromSeconds(1)) ?? standard.Deadline,
            CheckEvery = map.Duration("checkEvery", TimeSpan.FromMilliseconds(100)) ?? standard.CheckEvery,
            Increment = map.Share("increment", 0.01) * 100 ?? standard.Increment,
            Share = map.Share("share", 0.0001, 0.9999) * 100 ?? standard.Share,
            Floor = map.Share("floor", 0.01, 0.5) * 100 ?? standard.Floor,
            Reward = map.Choice("reward", standard.Reward, Rewards),
            Goal = RolloutLimitsReader.ReadGoal(map.Map("goal"), task),
            ShadowShare = map.Share("shadowShare", 0.0001) * 100 ?? standard.ShadowShare,
            KeepWarm = map.Duration("keepWarm", TimeSpan.Zero) ?? standard.KeepWarm,
            Guardrails = RolloutLimitsReader.ReadGuardrails(map, task),
            Alpha = map.Number("alpha", 1e-6, 0.5) ?? standard.Alpha,
            Unit = RolloutLimitsReader.ReadUnit(map),
            Freeze = RolloutLimitsReader.ReadFreeze(map),
        };
        if (!map.Has("checkEvery"))
            rollout = rollout.CheckedAsUsual();
        if (rollout.CheckEvery > TimeSpan.FromHours(1) && map.Faultless("checkEvery"))
            map.Wrong("checkEvery", "is above 1h");
        if (rollout.Deadline <= rollout.Bake && map.Faultless("bake", "deadline"))
            map.Wrong("deadline", $"{YamlValues.ShowDuration(rollout.Deadline)} is no longer than one bake of {YamlValues.ShowDuration(rollout.Bake)}: the rollout could never end");
        if (rollout.KeepWarm >= rollout.Deadline && map.Faultless("keepWarm", "deadline"))
            map.Wrong("keepWarm", $"{YamlValues.ShowDuration(rollout.KeepWarm)} is not below the deadline of {YamlValues.ShowDuration(rollout.Deadline)}: the rollout could never end");
        CheckStrategy(map, rollout, task);
        map.Done();
        return rollout;
    }

    private static void CheckStrategy(YamlMap map, RolloutPolicy rollout, LearningTask? task)
    {
        if (!map.Faultless("strategy"))
            return;
        foreach ((string key, string problem) in StrategySettings.Misplaced(rollout.Strategy, key => key != "others" && map.Has(key)))
            map.Wrong(key, problem);
        if (rollout.Strategy != RolloutStrategy.Shadow && rollout.Guardrails.Any(g => g.Metric == RolloutMetric.Disagreement))
            map.Wrong("guardrails", "'disagreement' is for strategy shadow: only there both versions answer the same requests");
        if (rollout.Strategy == RolloutStrategy.Bandit && rollout.Guardrails.Any(g => g.Metric == RolloutMetric.PredictionShift))
            map.Wrong("guardrails", "'predictionShift' is not for strategy bandit: as the shares move, the versions' answers are not of the same hours");
        if (rollout is { Strategy: RolloutStrategy.Bandit, Reward: RolloutReward.Truth } && task == LearningTask.Regression && map.Faultless("reward"))
            map.Wrong("reward", "must be 'given' for task regression, which has no right class to reward: feedback then says what an answer was worth");
        if (rollout.Strategy == RolloutStrategy.Shadow && rollout.Guardrails.Any(g => g.Metric == RolloutMetric.Reward))
            map.Wrong("guardrails", "'reward' is not for strategy shadow: nobody sees a shadow's answers, so nobody can reward them");
        if (rollout.Strategy == RolloutStrategy.AbTest && !map.Has("goal"))
            map.Wrong("goal", "is missing: an A/B test needs to know what the new version must show, such as { metric: accuracy, minEffect: 0.01 }");
    }

    private static List<double>? ReadSteps(YamlMap map)
    {
        if (!map.Has("steps"))
            return null;
        var steps = new List<double>();
        IReadOnlyList<YamlText> items = map.Items("steps");
        foreach (YamlText item in items)
        {
            if (YamlValues.ParseShare(item.Text) is not { } share || share is < 0.0001 or (> 0.9999 and not 1))
                map.Wrong(item, $"'{item.Text}' is not a share of 0.01% to 99.99%, or 100%: write 10% or 0.1");
            else if (steps.Count > 0 && share * 100 <= steps[^1])
                map.Wrong(item, $"'{item.Text}' does not rise above the step before it");
            else
                steps.Add(Math.Round(share * 100, 4));
        }

        if (items.Count == 0 && map.Faultless("steps"))
            map.Wrong("steps", "names no step; give rising shares such as [10%, 50%, 100%], or remove it");
        if (steps.Count > 0 && steps[^1] < 100)
            steps.Add(100);
        if (steps.Count > RolloutPolicy.MaxSteps)
            map.Wrong("steps", $"has {steps.Count} steps up to 100%; at most {RolloutPolicy.MaxSteps} are allowed");
        return steps.Count == 0 ? null : steps;
    }
}
