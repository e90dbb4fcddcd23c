using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Output;

/// <summary>What `mlops evaluate` says, as its JSON. Tables are null where only some metrics were asked for, and empty where the task has none.</summary>
internal sealed record Evaluation(
    int Rows,
    string Target,
    string? Weight,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<string, string> Absent,
    IReadOnlyDictionary<string, MetricInterval>? Intervals,
    ConfusionMatrix? Confusion,
    IReadOnlyList<ClassReport>? Classes,
    IReadOnlyList<CalibrationBin>? Calibration,
    IReadOnlyList<CalibrationBin>? CalibrationByQuantiles,
    IReadOnlyList<ClassCurves>? Curves)
{
    /// <param name="metrics">Only these; empty: all, and the tables.</param>
    public static Evaluation Of(ScoredRows rows, string target, string? weight, string[] metrics, IntervalOptions? intervals, CancellationToken cancellationToken)
    {
        MetricSet all = ModelMetrics.Compute(rows);
        IReadOnlyDictionary<string, MetricInterval>? bounds = intervals is null ? null : Only(ModelMetrics.Intervals(rows, intervals, cancellationToken), metrics);
        var evaluation = new Evaluation(rows.Count, target, weight, Only(all.Values, metrics), Only(all.Absent, metrics), bounds, null, null, null, null, null);
        return metrics.Length == 0 && rows.FirstNaN() < 0 ? evaluation.WithTables(rows) : evaluation;
    }

    private Evaluation WithTables(ScoredRows rows) => this with
    {
        Confusion = rows.Confusion(),
        Classes = ClassReport.Of(rows),
        Calibration = rows.CalibrationBins(),
        CalibrationByQuantiles = rows.Task == LearningTask.Regression ? [] : rows.CalibrationBins(cut: CalibrationCut.Quantile),
        Curves = ClassCurves.Of(rows),
    };

    private static IReadOnlyDictionary<string, T> Only<T>(IReadOnlyDictionary<string, T> all, string[] names) =>
        names.Length == 0 ? all : names.Where(all.ContainsKey).Distinct().ToDictionary(name => name, name => all[name]);
}
