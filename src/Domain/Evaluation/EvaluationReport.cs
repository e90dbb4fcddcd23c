using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Evaluation;

/// <summary>How a model does on a table. A document: written with <c>WorkflowJson</c> and kept with the run.</summary>
/// <param name="RowsDigest"><see cref="RowIdentity.Digest"/> of the table: equal only when two reports are about the same rows.</param>
/// <param name="Confusion">Null for regression.</param>
/// <param name="Calibration">Reliability of the probabilities; empty for regression or when a score is not a number.</param>
public sealed record EvaluationReport(
    LearningTask Task,
    string Target,
    string Trainer,
    int Rows,
    string RowsDigest,
    MetricSet Metrics,
    ConfusionMatrix? Confusion,
    IReadOnlyList<CalibrationBin> Calibration,
    IReadOnlyList<SliceReport> Slices)
{
    /// <summary>How well each class is told from the rest; empty for regression or when a score is not a number.</summary>
    public IReadOnlyList<ClassReport> Classes { get; init; } = [];

    /// <summary>ROC, precision-recall and gain of each class, as <see cref="ClassCurves.Of(ScoredRows)"/>.</summary>
    public IReadOnlyList<ClassCurves> Curves { get; init; } = [];

    /// <summary>The groups of a column; empty when it was not sliced.</summary>
    public IReadOnlyList<SliceReport> Groups(string column) => [.. Slices.Where(slice => slice.Column == column)];
}

/// <summary>One group of a column.</summary>
/// <param name="Value">The category, or the range of numbers as in <c>[1.5, 7)</c>; null where the column is missing.</param>
/// <param name="Computed">False when the group has fewer rows than asked for; its metrics are empty then.</param>
/// <param name="Metrics">The metrics of the task and, for binary tasks, the rates of <see cref="GroupRates"/>.</param>
public sealed record SliceReport(string Column, string? Value, int Rows, bool Computed, MetricSet Metrics)
{
    internal string Label => Value is null ? "(missing)" : $"'{Value}'";
}
