using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines;

internal static class GatesSectionReader
{
    // A rate the evaluation computes per group besides the metrics of the task.
    private const string SelectionRate = "selectionRate";

    public static GatesSection Read(YamlMap? map, LearningTask task)
    {
        if (map is null)
            return new();
        var gates = new GatesSection(
            [.. map.Maps("absolute").Select(m => ReadAbsolute(m, task))],
            [.. map.Maps("champion").Select(m => ReadChampion(m, task))],
            [.. map.Maps("fairness").Select(m => ReadFairness(m, task))]);
        map.Done();
        return gates;
    }

    private static AbsoluteGate ReadAbsolute(YamlMap map, LearningTask task)
    {
        string metric = MetricNames.Require(map, "metric", task);
        var gate = new AbsoluteGate(metric, map.Number("atLeast"), map.Number("atMost"));
        if (!map.Has("atLeast") && !map.Has("atMost"))
            map.Wrong("atLeast", "a limit is missing: give 'atLeast' or 'atMost'");
        if (gate.AtLeast > gate.AtMost)
            map.Wrong("atLeast", $"{gate.AtLeast} is above atMost {gate.AtMost}: nothing can pass");
        map.Done();
        return gate;
    }

    private static ChampionGate ReadChampion(YamlMap map, LearningTask task)
    {
        var gate = new ChampionGate(MetricNames.Require(map, "metric", task), map.Number("tolerance", 0) ?? 0);
        map.Done();
        return gate;
    }

    private static FairnessGate ReadFairness(YamlMap map, LearningTask task)
    {
        string column = map.Required("column", "the column whose values are the groups");
        var gate = new FairnessGate(column, ReadRate(map, task), map.Number("maxDifference", 0), map.Share("minRatio"));
        if (map.Has("maxDifference") == map.Has("minRatio"))
            map.Wrong("maxDifference", "give 'maxDifference' or 'minRatio', one of the two");
        map.Done();
        return gate;
    }

    private static string ReadRate(YamlMap map, LearningTask task)
    {
        if (task == LearningTask.Binary && (!map.Has("metric") || map.Text("metric") == SelectionRate))
            return SelectionRate;
        return MetricNames.Require(map, "metric", task);
    }
}
