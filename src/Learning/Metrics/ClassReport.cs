using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>How well one class is told from the rest. A ratio without rows below is null.</summary>
/// <param name="Rows">Of this class in the truth; <paramref name="Predicted"/> in the predictions. Counts, whatever the weights.</param>
public sealed record ClassReport(string Class, long Rows, long Predicted, double? Precision, double? Recall, double? F1, double? Specificity)
{
    /// <summary>One a class, by the rows' weights; none for regression. Scores must not be NaN.</summary>
    public static IReadOnlyList<ClassReport> Of(ScoredRows rows)
    {
        if (rows.Task == LearningTask.Regression)
            return [];
        ConfusionMatrix confusion = rows.Confusion()!;
        ClassCounts counts = ClassCounts.Of(rows.Classes.Count, rows.Labels, rows.Predicted(), rows.Weights.Values);
        return [.. rows.Classes.Select((name, k) => new ClassReport(
            name, confusion.Actual(k), confusion.Predicted(k), Number(counts.Precision(k)), Number(counts.Recall(k)), Number(counts.F(k)), Number(counts.Specificity(k))))];
    }

    private static double? Number(double ratio) => double.IsNaN(ratio) ? null : ratio;
}
