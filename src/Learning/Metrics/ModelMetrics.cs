using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>All metrics of a task at once. What cannot be computed is absent with a reason; a NaN score makes every metric absent.</summary>
public static class ModelMetrics
{
    /// <summary>Scores the table and compares with its target column. Errors: those of <see cref="IModel.Score"/> and <see cref="ScoredRows.Join"/>.</summary>
    /// <param name="weight">A column of numbers of at least 0 that rows count with; null: all alike. Where all of them are 0 every metric is absent: a small part of a table may be so.</param>
    public static MetricSet Compute(IModel model, Table rows, string target, string? weight = null)
    {
        Column truth = rows[target];
        if (weight is not null && WeighNothing(rows[weight]))
            return AllAbsent(model.Signature.Task, $"all {rows.RowCount} rows have weight 0 (column '{weight}')");
        return Compute(ScoredRows.Join(model.Score(rows), truth, weight is null ? null : rows[weight]));
    }

    /// <inheritdoc cref="ScoredRows.Join"/>
    public static MetricSet Compute(Predictions predictions, Column truth) => Compute(ScoredRows.Join(predictions, truth));

    public static MetricSet Compute(ScoredRows rows)
    {
        if (Unusable(rows) is { } reason)
            return AllAbsent(rows.Task, reason);
        MetricFrame frame = MetricFrame.Of(rows, again: false);
        return frame.Compute(frame.Weights);
    }

    /// <summary>Bootstrap intervals by metric, of those that have a value in (nearly) every resample. The same rows and seed give the same bounds.</summary>
    /// <exception cref="MlOpsException">Invalid <c>intervals</c>: the options are out of range.</exception>
    public static IReadOnlyDictionary<string, MetricInterval> Intervals(ScoredRows rows, IntervalOptions options, CancellationToken cancellationToken) =>
        Unusable(rows) is null ? BootstrapIntervals.Of(rows, options, cancellationToken) : new Dictionary<string, MetricInterval>();

    private static bool WeighNothing(Column weights) => weights is NumberColumn { Count: > 0 } numbers && !numbers.Values.ContainsAnyExcept(0);

    private static string? Unusable(ScoredRows rows) =>
        rows.Count == 0 ? "there are no rows"
        : rows.Weights.Sum == 0 ? "every row weighs 0"
        : rows.FirstNaN() is >= 0 and int row ? $"the model's score of row {row + 1} is not a number"
        : null;

    private static MetricSet AllAbsent(LearningTask task, string reason) =>
        new(new Dictionary<string, double>(), MetricCatalog.For(task).ToDictionary(m => m.Name, _ => reason));
}
