namespace MlOps.Domain.Pipelines;

internal static class RolloutSectionReader
{
    public static readonly Dictionary<string, ApprovalMode> Approvals = new(StringComparer.Ordinal)
    {
        ["none"] = ApprovalMode.None,
        ["manual"] = ApprovalMode.Manual,
    };

    private static readonly Dictionary<string, RolloutKind> Strategies = new(StringComparer.Ordinal)
    {
        ["direct"] = RolloutKind.Direct,
        ["canary"] = RolloutKind.Canary,
    };

    public static RolloutSection? Read(YamlMap? map)
    {
        if (map is null)
            return null;
        var standard = new RolloutSection();
        var rollout = new RolloutSection
        {
            Strategy = map.Choice("strategy", standard.Strategy, Strategies),
            Steps = ReadSteps(map) ?? standard.Steps,
            Bake = map.Duration("bake", TimeSpan.Zero) ?? standard.Bake,
            MinRequests = (int)(map.Whole("minRequests", 0, int.MaxValue) ?? standard.MinRequests),
            MaxErrorRateIncrease = map.Share("maxErrorRateIncrease") ?? standard.MaxErrorRateIncrease,
            MaxLatencyRatio = map.Number("maxLatencyRatio", 1, 1_000) ?? standard.MaxLatencyRatio,
            Approval = map.Choice("approval", standard.Approval, Approvals),
            Deadline = map.Duration("deadline", TimeSpan.FromSeconds(1)) ?? standard.Deadline,
        };
        if (rollout.Deadline <= rollout.Bake)
            map.Wrong("deadline", $"{YamlValues.ShowDuration(rollout.Deadline)} is no longer than one bake of {YamlValues.ShowDuration(rollout.Bake)}: the rollout could never end");
        map.Done();
        return rollout;
    }

    private static List<double>? ReadSteps(YamlMap map)
    {
        if (!map.Has("steps"))
            return null;
        var steps = new List<double>();
        foreach (string text in map.Texts("steps"))
        {
            if (YamlValues.ParseShare(text) is not { } share || share is <= 0 or > 1)
                map.Wrong("steps", $"'{text}' is not a share above 0%, up to 100%: write 10% or 0.1");
            else if (steps.Count > 0 && share <= steps[^1])
                map.Wrong("steps", $"'{text}' does not rise above the step before it");
            else
                steps.Add(share);
        }

        if (steps.Count > 0 && steps[^1] < 1)
            steps.Add(1);
        return steps;
    }
}
