using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>Metrics of each fold's test rows, and their spread over the folds.</summary>
public sealed record CrossValidationResult(IReadOnlyList<MetricSet> Folds, IReadOnlyDictionary<string, MetricSpread> Spread);

/// <summary>Mean and sample standard deviation (0 with one fold) over the folds that have the metric.</summary>
public sealed record MetricSpread(double Mean, double StandardDeviation, int Folds)
{
    public static MetricSpread Of(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new MetricSpread(mean, values.Count < 2 ? 0 : Math.Sqrt(squares / (values.Count - 1)), values.Count);
    }
}

/// <summary>k-fold cross-validation: how well a trainer does on rows it has not seen, and how much that varies.</summary>
internal static class CrossValidation
{
    /// <summary>Fits and scores once a fold that is not done yet, one after the other, by weight where the spec has one; each fit may use all threads.</summary>
    /// <param name="known">The rows of the table that folds are cut from.</param>
    /// <param name="stages">Fits that <paramref name="progress"/> is spread over, at least the number of folds.</param>
    /// <returns>Null when the rest is for the next piece.</returns>
    /// <exception cref="MlOpsException">As for <see cref="DataSplitter.Folds"/> and <see cref="ITrainer.Fit"/>.</exception>
    public static async Task<CrossValidationResult?> RunAsync(
        ITrainer trainer, TrainingSpec spec, Table table, int[] known, SplitSpec split, FitPieces pieces, IProgress<TrainingProgress>? progress, int stages, CancellationToken cancellationToken)
    {
        foreach (DataSplit fold in Folds(table, known, split, spec).Skip(pieces.Folds.Count))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = new TrainingRows(trainer, spec, table, fold.Train, cancellationToken);
            Table? validation = fold.Validation.Length == 0 ? null : rows.Take(fold.Validation);
            var stage = new StageProgress(progress, pieces.Folds.Count, stages);
            IModel? model = await pieces.FitAsync(trainer, spec, rows.Training, validation, stage, cancellationToken);
            if (model is null || !await pieces.AddFoldAsync(ModelMetrics.Compute(model, rows.Take(fold.Test), spec.Target, spec.Weight)))
                return null;
        }

        return new CrossValidationResult(pieces.Folds, Spread(spec.Task, pieces.Folds));
    }

    /// <summary>In numbers of the table's rows; the known ones are copied for as long as it takes to divide them.</summary>
    private static DataSplit[] Folds(Table table, int[] known, SplitSpec split, TrainingSpec spec)
    {
        int[] InTable(int[] rows) => [.. rows.Select(row => known[row])];
        return
        [
            .. DataSplitter.Folds(table.Take(known), split, spec.Target, spec.Task)
                .Select(fold => new DataSplit(InTable(fold.Train), InTable(fold.Validation), InTable(fold.Test))),
        ];
    }

    private static Dictionary<string, MetricSpread> Spread(LearningTask task, IReadOnlyList<MetricSet> folds) =>
        MetricCatalog.For(task)
            .Select(metric => (metric.Name, Values: folds.Select(fold => fold.Find(metric.Name)).OfType<double>().ToArray()))
            .Where(metric => metric.Values.Length > 0)
            .ToDictionary(metric => metric.Name, metric => MetricSpread.Of(metric.Values));
}
