using System.Globalization;
using MlOps.Domain.Evaluation;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Reading;

internal static class GatesSectionReader
{
    // All verdicts travel in one workflow message.
    private const int MaxGates = 32;

    private static readonly Dictionary<string, bool> Unmeasured = new(StringComparer.Ordinal) { ["fail"] = false, ["pass"] = true };

    public static IReadOnlyList<GateSpec> Read(YamlMap? map, LearningTask? task)
    {
        if (map is null)
            return [];
        List<GateSpec> gates =
        [
            .. map.Maps("absolute").Select(m => ReadAbsolute(m, task)),
            .. map.Maps("champion").Select(m => ReadChampion(m, task)),
            .. map.Maps("fairness").Select(m => ReadFairness(m, task)),
        ];
        if (gates.Exists(g => g.UnmeasuredPasses) && !gates.Exists(g => g.Kind == GateKind.Absolute))
            map.Problems.Add(map.Start, map.Path, "a champion gate that passes unmeasured needs an absolute gate beside it, or anything is accepted then");
        if (gates.Count > MaxGates)
            map.Problems.Add(map.Start, map.Path, $"{gates.Count} gates; at most {MaxGates} are allowed");
        map.Done();
        return gates;
    }

    private static GateSpec ReadAbsolute(YamlMap map, LearningTask? task)
    {
        var gate = GateSpec.Absolute(map.RequiredMetric("metric", task), map.Number("atLeast"), map.Number("atMost"));
        if (!map.Has("atLeast") && !map.Has("atMost"))
            map.Wrong("atLeast", "a limit is missing: give 'atLeast' or 'atMost'");
        if (gate.AtLeast > gate.AtMost)
            map.Wrong("atLeast", string.Create(CultureInfo.InvariantCulture, $"{gate.AtLeast} is above atMost {gate.AtMost}: nothing can pass"));
        map.Done();
        return gate;
    }

    private static GateSpec ReadChampion(YamlMap map, LearningTask? task)
    {
        var gate = GateSpec.Champion(map.RequiredMetric("metric", task), map.Number("tolerance", 0) ?? 0, map.Choice("unmeasured", false, Unmeasured));
        map.Done();
        return gate;
    }

    private static GateSpec ReadFairness(YamlMap map, LearningTask? task)
    {
        string column = map.Required("column", "the column whose values are the groups");
        bool rates = task is null or LearningTask.Binary;
        string metric = rates && !map.Has("metric")
            ? GroupRates.SelectionRate
            : map.RequiredMetric("metric", task, rates ? GroupRates.All : null);
        var gate = GateSpec.Fairness(column, metric, map.Number("maxDifference", 0), map.Share("minRatio"));
        if (map.Has("maxDifference") == map.Has("minRatio"))
            map.Wrong("maxDifference", "give 'maxDifference' or 'minRatio', one of the two");
        map.Done();
        return gate;
    }
}
