using MlOps.Learning.Metrics;

namespace MlOps.Domain.Evaluation;

/// <summary>
/// Checks a candidate against gates. A gate whose value cannot be computed fails with the reason: missing data is never success. All
/// gates are checked, also after one has failed.
/// </summary>
public static class GateEvaluator
{
    /// <param name="candidate">On all its test rows: what absolute and fairness gates look at.</param>
    /// <param name="champion">The comparison with the current champion, or null when there is none.</param>
    /// <returns>One verdict a gate, in order.</returns>
    /// <exception cref="MlOpsException">Invalid <c>gate-spec</c>.</exception>
    public static IReadOnlyList<GateVerdict> Check(IReadOnlyList<GateSpec> gates, EvaluationReport candidate, ChampionComparison? champion)
    {
        foreach (GateSpec gate in gates)
            gate.Check(candidate.Task);
        return [.. gates.Select(gate => gate.Kind switch
        {
            GateKind.Champion => AgainstChampion(gate, candidate, champion),
            GateKind.Fairness => FairnessGate.Check(gate, candidate),
            _ => Absolute(gate, candidate),
        })];
    }

    private static GateVerdict Absolute(GateSpec gate, EvaluationReport candidate)
    {
        double limit = gate.AtLeast ?? gate.AtMost!.Value;
        if (candidate.Metrics.Find(gate.Metric) is not { } value)
            return Failed(gate, limit, $"{gate.Metric} could not be computed: {candidate.Metrics.WhyAbsent(gate.Metric)}");
        bool low = value < gate.AtLeast, high = value > gate.AtMost;
        limit = high ? gate.AtMost!.Value : limit;
        (string shown, string bound) = Figures.Compared(value, limit);
        string required = low ? $"at least {bound} is required" : high ? $"at most {bound} is allowed" : $"required is {gate.Name}";
        return new GateVerdict(gate.Name, gate.Metric, value, limit, !low && !high, $"{gate.Metric} is {shown}, {required}");
    }

    private static GateVerdict AgainstChampion(GateSpec gate, EvaluationReport candidate, ChampionComparison? comparison)
    {
        if (comparison is { CandidateReport: { } onSameRows, ChampionReport: { } champion })
            return AgainstChampion(gate, onSameRows, champion);
        if (candidate.Metrics.Find(gate.Metric) is not { } value)
            return Failed(gate, null, Uncomputed(gate, candidate));
        if (comparison is null)
            return new GateVerdict(gate.Name, gate.Metric, value, null, true, $"no champion to compare with; {gate.Metric} is {Figures.Text(value)}");
        return gate.UnmeasuredPasses
            ? new GateVerdict(gate.Name, gate.Metric, value, null, true, $"cannot be measured against {comparison.Champion}, which this gate lets pass: {comparison.Unmeasured}")
            : Failed(gate, null, $"cannot be measured against {comparison.Champion}: {comparison.Unmeasured}");
    }

    private static GateVerdict AgainstChampion(GateSpec gate, EvaluationReport candidate, EvaluationReport champion)
    {
        if (candidate.Metrics.Find(gate.Metric) is not { } value)
            return Failed(gate, champion.Metrics.Find(gate.Metric), Uncomputed(gate, candidate));
        if (champion.RowsDigest != candidate.RowsDigest)
            return Failed(gate, null, $"the champion was evaluated on other rows ({champion.Rows}) than the candidate ({candidate.Rows}); evaluate both on the same");
        if (champion.Metrics.Find(gate.Metric) is not { } other)
            return Failed(gate, null, $"{gate.Metric} of the champion could not be computed: {champion.Metrics.WhyAbsent(gate.Metric)}");

        bool higher = MetricCatalog.Get(gate.Metric).HigherIsBetter;
        double limit = higher ? other - gate.Tolerance : other + gate.Tolerance;
        bool passed = higher ? value >= limit : value <= limit;
        (string shown, string bound) = Figures.Compared(value, limit);
        return new GateVerdict(gate.Name, gate.Metric, value, limit, passed,
            $"{gate.Metric} is {shown}, the champion's is {Figures.Text(other)}; with tolerance {Figures.Text(gate.Tolerance)} {(higher ? "at least" : "at most")} {bound} is required");
    }

    private static string Uncomputed(GateSpec gate, EvaluationReport candidate) =>
        $"{gate.Metric} of the candidate could not be computed: {candidate.Metrics.WhyAbsent(gate.Metric)}";

    internal static GateVerdict Failed(GateSpec gate, double? limit, string reason) => new(gate.Name, gate.Metric, null, limit, false, reason);
}
