using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Evaluation;

/// <summary>Scores a table once and reports metrics, confusion, calibration and the same per slice.</summary>
public static class ModelEvaluator
{
    /// <exception cref="MlOpsException">
    /// Invalid or NotFound: the target or a slice column is absent, the truth is unusable (<see cref="ScoredRows.Join"/>), the model's inputs
    /// are (<see cref="IModel.Score"/>), or a slice is (<c>slice-spec</c>).
    /// </exception>
    public static EvaluationReport Evaluate(IModel model, Table rows, EvaluationSpec spec)
    {
        string target = spec.Target ?? model.Signature.Target;
        Column truth = rows[target];
        CheckSlices(rows, spec);
        ScoredRows scored = ScoredRows.Join(model.Score(rows), truth);
        bool scores = scored.FirstNaN() < 0;
        return new EvaluationReport(
            scored.Task,
            target,
            model.Trainer,
            scored.Count,
            RowIdentity.Digest(rows),
            ModelMetrics.Compute(scored),
            scored.Confusion(),
            scores ? scored.CalibrationBins(spec.CalibrationBins) : [],
            [.. spec.Slices.SelectMany(slice => Slice(rows[slice.Column], scored, slice))])
        {
            Classes = scores ? ClassReport.Of(scored) : [],
            Curves = scores ? ClassCurves.Of(scored) : [],
        };
    }

    private static void CheckSlices(Table rows, EvaluationSpec spec)
    {
        string[] absent = [.. spec.Slices.Select(slice => slice.Column).Where(column => rows.Find(column) is null)];
        if (absent.Length > 0)
            throw MlOpsException.Invalid("slice-column", $"there is no column {string.Join(", ", absent.Select(name => $"'{name}'"))} to slice by; the table has: {string.Join(", ", rows.ColumnNames)}");
    }

    private static IEnumerable<SliceReport> Slice(Column column, ScoredRows scored, SliceSpec spec)
    {
        foreach ((string? value, int[] rows) in Slicer.Groups(column, spec))
        {
            bool computed = rows.Length >= spec.MinRows;
            yield return new SliceReport(column.Name, value, rows.Length, computed, computed ? Metrics(scored.Take(rows)) : MetricSet.Empty);
        }
    }

    private static MetricSet Metrics(ScoredRows rows) => GroupRates.AddTo(ModelMetrics.Compute(rows), rows);
}
