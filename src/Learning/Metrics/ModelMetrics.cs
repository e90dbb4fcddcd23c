using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>All metrics of a task at once. What cannot be computed is absent with a reason; a NaN score makes every metric absent.</summary>
public static class ModelMetrics
{
    /// <summary>Scores the table and compares with its target column. Errors: those of <see cref="IModel.Score"/> and <see cref="ScoredRows.Join"/>.</summary>
    public static MetricSet Compute(IModel model, Table rows, string target)
    {
        Column truth = rows[target];
        return Compute(ScoredRows.Join(model.Score(rows), truth));
    }

    /// <inheritdoc cref="ScoredRows.Join"/>
    public static MetricSet Compute(Predictions predictions, Column truth) => Compute(ScoredRows.Join(predictions, truth));

    public static MetricSet Compute(ScoredRows rows)
    {
        if (rows.Count == 0)
            return AllAbsent(rows.Task, "there are no rows");
        if (rows.FirstNaN() is >= 0 and int row)
            return AllAbsent(rows.Task, $"the model's score of row {row + 1} is not a number");
        return rows.Task switch
        {
            LearningTask.Binary => Binary(rows),
            LearningTask.Multiclass => Multiclass(rows),
            _ => Regression(rows),
        };
    }

    private static MetricSet Binary(ScoredRows rows)
    {
        bool[] positive = rows.Positive();
        ConfusionMatrix confusion = rows.Confusion()!;
        string name = rows.Classes[1];
        return new MetricSetBuilder()
            .Add("auc", BinaryMetrics.Auc(rows.Scores, positive), $"all {rows.Count} rows are of class '{rows.Classes[rows.Labels[0]]}'; it needs both")
            .Add("logLoss", BinaryMetrics.LogLoss(rows.Scores, positive), "")
            .Add("accuracy", confusion.Accuracy(), "")
            .Add("f1", confusion.F1(1), $"class '{name}' occurs neither in the truth nor among the predictions")
            .Add("precision", confusion.Precision(1), $"no row is predicted as '{name}'")
            .Add("recall", confusion.Recall(1), $"no row is of class '{name}'")
            .Add("brier", BinaryMetrics.Brier(rows.Scores, positive), "")
            .Add("ece", Calibration.Error(rows.CalibrationBins()), "")
            .Build();
    }

    private static MetricSet Multiclass(ScoredRows rows)
    {
        ConfusionMatrix confusion = rows.Confusion()!;
        return new MetricSetBuilder()
            .Add("logLoss", MulticlassMetrics.LogLoss(rows.Scores, rows.Known, rows.Labels), "")
            .Add("accuracy", confusion.Accuracy(), "")
            .Add("ece", Calibration.Error(rows.CalibrationBins()), "")
            .Add("macroF1", confusion.MacroF1(), "")
            .Add("microF1", confusion.Accuracy(), "")
            .Add("weightedF1", confusion.WeightedF1(), "")
            .Add("auc", MulticlassMetrics.MacroAuc(rows.Scores, rows.Known, rows.Labels), $"all {rows.Count} rows are of class '{rows.Classes[rows.Labels[0]]}'; it needs two")
            .Build();
    }

    private static MetricSet Regression(ScoredRows rows) => new MetricSetBuilder()
        .Add("rmse", RegressionMetrics.Rmse(rows.Scores, rows.Targets), "the errors are not finite")
        .Add("mae", RegressionMetrics.Mae(rows.Scores, rows.Targets), "the errors are not finite")
        .Add("r2", RegressionMetrics.R2(rows.Scores, rows.Targets), $"the target is {rows.Targets[0]:R} in all {rows.Count} rows, or the errors are not finite")
        .Build();

    private static MetricSet AllAbsent(LearningTask task, string reason) =>
        new(new Dictionary<string, double>(), MetricCatalog.For(task).ToDictionary(m => m.Name, _ => reason));
}
