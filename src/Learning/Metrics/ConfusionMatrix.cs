namespace MlOps.Learning.Metrics;

/// <summary>
/// Rows by true class (outer) and predicted class (inner), both in the order of <see cref="Classes"/>: those the model knows, then
/// those only the truth has. A ratio without rows in its denominator is NaN.
/// </summary>
public sealed record ConfusionMatrix(IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<long>> Counts)
{
    public static ConfusionMatrix Of(IReadOnlyList<string> classes, ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted)
    {
        var counts = new long[classes.Count][];
        for (int k = 0; k < counts.Length; k++)
            counts[k] = new long[counts.Length];
        for (int i = 0; i < truth.Length; i++)
            counts[truth[i]][predicted[i]]++;
        return new ConfusionMatrix(classes, counts);
    }

    /// <summary>Rows of true class <paramref name="k"/>.</summary>
    public long Actual(int k) => Counts[k].Sum();

    /// <summary>Rows predicted as class <paramref name="k"/>.</summary>
    public long Predicted(int k) => Counts.Sum(row => row[k]);

    public long Rows() => Counts.Sum(row => row.Sum());

    public double Accuracy() => (double)Counts.Select((row, k) => row[k]).Sum() / Rows();

    public double Precision(int k) => (double)Counts[k][k] / Predicted(k);

    public double Recall(int k) => (double)Counts[k][k] / Actual(k);

    /// <summary>2 TP / (2 TP + FP + FN); NaN when the class occurs neither in truth nor in prediction.</summary>
    public double F1(int k) => 2.0 * Counts[k][k] / (Actual(k) + Predicted(k));

    /// <summary>Mean F1 over the classes that occur in truth or prediction.</summary>
    public double MacroF1() => Enumerable.Range(0, Classes.Count).Select(F1).Where(f1 => !double.IsNaN(f1)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Mean F1 weighted by the rows of each true class.</summary>
    public double WeightedF1() => Enumerable.Range(0, Classes.Count).Where(k => Actual(k) > 0).Sum(k => F1(k) * Actual(k)) / Rows();
}
