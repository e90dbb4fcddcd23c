namespace MlOps.Domain.Evaluation;

/// <summary>
/// Compares a metric or rate between the groups of a column. Groups too small for the slice's minimum are left out and named; a group
/// that is large enough but has no value (no positive row for recall, say) fails the gate.
/// </summary>
internal static class FairnessGate
{
    public static GateVerdict Check(GateSpec gate, EvaluationReport report)
    {
        double limit = gate.MaxDifference ?? gate.MinRatio!.Value;
        IReadOnlyList<SliceReport> groups = report.Groups(gate.Column!);
        SliceReport[] large = [.. groups.Where(group => group.Computed)];
        if (groups.Count == 0)
            return GateEvaluator.Failed(gate, limit, $"the evaluation was not sliced by '{gate.Column}'; add it to the slices");
        if (large.Length < 2)
            return GateEvaluator.Failed(gate, limit, $"'{gate.Column}' has {large.Length} group{(large.Length == 1 ? "" : "s")} of enough rows, two are needed{LeftOut(groups)}");
        if (Array.Find(large, group => group.Metrics.Find(gate.Metric) is null) is { } without)
            return GateEvaluator.Failed(gate, limit, $"{gate.Metric} of group {without.Label} could not be computed: {without.Metrics.WhyAbsent(gate.Metric)}");
        return Compare(gate, limit, large, LeftOut(groups));
    }

    private static GateVerdict Compare(GateSpec gate, double limit, SliceReport[] groups, string leftOut)
    {
        SliceReport low = groups.MinBy(Value)!, high = groups.MaxBy(Value)!;
        bool ratio = gate.MinRatio is not null;
        double value = ratio ? Ratio(Value(low), Value(high)) : Value(high) - Value(low);
        bool passed = ratio ? value >= limit : value <= limit;
        string what = ratio ? "ratio" : "difference", bound = ratio ? "at least" : "at most";
        (string shown, string required) = Figures.Compared(value, limit);
        return new GateVerdict(gate.Name, gate.Metric, double.IsNaN(value) ? null : value, limit, passed,
            $"{gate.Metric} by '{gate.Column}' is {Figures.Text(Value(low))} for {low.Label} and {Figures.Text(Value(high))} for {high.Label}: {what} {shown}, {bound} {required} is required{leftOut}");

        double Value(SliceReport group) => group.Metrics.Values[gate.Metric];
    }

    // Nobody selected in any group is equal treatment; a value below zero has no meaningful ratio and fails.
    private static double Ratio(double low, double high) => low < 0 ? double.NaN : high == 0 ? 1 : low / high;

    private static string LeftOut(IReadOnlyList<SliceReport> groups)
    {
        string[] small = [.. groups.Where(group => !group.Computed).Select(group => $"{group.Label} ({group.Rows} rows)")];
        return small.Length == 0 ? "" : $"; left out as too small: {string.Join(", ", small.Take(10))}{(small.Length > 10 ? $" and {small.Length - 10} more" : "")}";
    }
}
