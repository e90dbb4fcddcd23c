namespace MlOps.Learning.Metrics;

/// <summary>
/// Rows by true class (outer) and predicted class (inner), both in the order of <see cref="Classes"/>: those the model knows, then
/// those only the truth has. <see cref="Counts"/> are of rows, whatever they weigh; <see cref="Weights"/> is what they weigh.
/// </summary>
public sealed record ConfusionMatrix(IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<long>> Counts)
{
    /// <summary>Sums of the rows' weights, by which precision and recall go; null where no row has a weight.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? Weights { get; init; }

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
}
