using MlOps.Domain.Rollout;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>What a rollout is judged by: guardrails, the goal of an A/B test, and when nothing may change.</summary>
internal static class RolloutLimitsReader
{
    private static readonly Dictionary<string, RolloutMetric> Metrics = Enum.GetValues<RolloutMetric>().ToDictionary(m => EnumWord.Of(m), m => m, StringComparer.Ordinal);

    private static readonly Dictionary<string, RolloutMetric> GoalMetrics = Metrics
        .Where(m => m.Value is not (RolloutMetric.LatencyP95 or RolloutMetric.PredictionShift or RolloutMetric.Disagreement)).ToDictionary(StringComparer.Ordinal);

    private static readonly Dictionary<string, GuardrailLevel> Levels = new(StringComparer.Ordinal)
    {
        ["hard"] = GuardrailLevel.Hard,
        ["soft"] = GuardrailLevel.Soft,
    };

    public static RolloutGoal? ReadGoal(YamlMap? map, LearningTask? task)
    {
        if (map is null)
            return null;
        RolloutMetric metric = ReadMetric(map, GoalMetrics, task);
        double? effect = map.Number("minEffect", RolloutGoal.LeastEffect, RolloutPolicy.Largest(metric));
        if (effect is null && !map.Has("minEffect"))
            map.Problems.Add(map.Start, map.Path, "'minEffect' is missing: the improvement worth finding, such as 0.01");
        double margin = map.Number("margin", 0, RolloutPolicy.Largest(metric)) ?? 0;
        map.Done();
        return new RolloutGoal(metric, effect ?? 1, margin);
    }

    public static IReadOnlyList<Guardrail> ReadGuardrails(YamlMap rollout, LearningTask? task)
    {
        var guardrails = new List<Guardrail>();
        foreach (YamlMap map in rollout.Maps("guardrails"))
        {
            RolloutMetric metric = ReadMetric(map, Metrics, task);
            if (map.Has("metric") && map.Faultless("metric"))
                CheckOnce(rollout, map, metric, guardrails);
            guardrails.Add(new Guardrail(metric, ReadMax(map, metric), map.Choice("level", GuardrailLevel.Hard, Levels), map.Whole("minSamples", 1, int.MaxValue)));
            map.Done();
        }

        return guardrails;
    }

    public static IReadOnlyList<string> ReadFreeze(YamlMap rollout)
    {
        IReadOnlyList<YamlText> windows = rollout.Items("freeze");
        foreach (YamlText window in windows.Where(w => FreezeWindow.Parse(w.Text) is null))
            rollout.Wrong(window, $"'{window.Text}' is no freeze window: write {FreezeWindow.Syntax}");
        if (FreezeWindow.AreTooLong([.. windows.Select(w => w.Text)]))
            rollout.Wrong("freeze", $"lasts longer than {FreezeWindow.Longest.TotalDays} days at a stretch: leave a gap in which the rollout can go on");
        return [.. windows.Select(w => w.Text)];
    }

    public static string? ReadUnit(YamlMap rollout)
    {
        string? unit = rollout.Text("unit");
        if (unit is not null && !UnitSource.IsSource(unit))
            rollout.Wrong("unit", $"'{unit}' is no source of units: write {UnitSource.Syntax}");
        return unit;
    }

    private static RolloutMetric ReadMetric(YamlMap map, Dictionary<string, RolloutMetric> metrics, LearningTask? task)
    {
        if (!map.Has("metric"))
            map.Problems.Add(map.Start, map.Path, $"'metric' is missing: one of {string.Join(", ", metrics.Keys)}");
        RolloutMetric metric = map.Choice("metric", RolloutMetric.ErrorRate, metrics);
        if (task is { } known && !RolloutPolicy.Fits(metric, known))
            map.Wrong("metric", $"'{EnumWord.Of(metric)}' cannot be had for task {known.ToString().ToLowerInvariant()}: {(known == LearningTask.Regression ? "absoluteError and squaredError can" : "accuracy and brierScore can")}");
        return metric;
    }

    private static double ReadMax(YamlMap map, RolloutMetric metric)
    {
        double least = metric switch
        {
            RolloutMetric.LatencyP95 => 1,
            RolloutMetric.PredictionShift => Guardrail.LeastShift,
            RolloutMetric.AbsoluteError or RolloutMetric.SquaredError => 1e-9,
            _ => 0,
        };
        double largest = RolloutPolicy.Largest(metric);
        double? max = largest == 1 ? map.Share("max") : map.Number("max", least, largest);
        if (max is null && !map.Has("max"))
            map.Problems.Add(map.Start, map.Path, "'max' is missing: how much worse than the champion the new version may be");
        return max ?? least;
    }

    private static void CheckOnce(YamlMap rollout, YamlMap map, RolloutMetric metric, List<Guardrail> before)
    {
        string? limit = metric switch
        {
            RolloutMetric.ErrorRate => "maxErrorRateIncrease",
            RolloutMetric.LatencyP95 => "maxLatencyRatio",
            _ => null,
        };
        if (before.Any(g => g.Metric == metric))
            map.Wrong("metric", $"'{EnumWord.Of(metric)}' has a guardrail already");
        else if (limit is not null && rollout.Has(limit))
            map.Wrong("metric", $"'{EnumWord.Of(metric)}' is limited by {limit} already; give one of the two");
    }
}
