namespace MlOps.Learning.Metrics;

/// <summary>
/// Metrics of n x k class probabilities, row-major. A label of k or more is a class the model does not know: its probability is 0.
/// All throw <see cref="ArgumentException"/> on no rows or spans that do not fit; probabilities must not be NaN.
/// </summary>
public static class MulticlassMetrics
{
    /// <summary>Mean negative natural logarithm of the true class's probability, clipped as in <see cref="BinaryMetrics.ProbabilityFloor"/>. Rows are not renormalised.</summary>
    public static double LogLoss(ReadOnlySpan<double> probabilities, int classes, ReadOnlySpan<int> labels)
    {
        Check(probabilities, classes, labels.Length);
        double sum = 0;
        for (int i = 0; i < labels.Length; i++)
            sum += BinaryMetrics.Surprise(labels[i] < classes ? probabilities[(i * classes) + labels[i]] : 0);
        return sum / labels.Length;
    }

    /// <summary>
    /// Mean of the one-versus-rest AUCs, unweighted, over the classes that occur in the truth (Hand and Till 2001 discuss the
    /// alternatives). A class unknown to the model counts with 0.5, as a constant score does. NaN when the truth has one class.
    /// </summary>
    public static double MacroAuc(ReadOnlySpan<double> probabilities, int classes, ReadOnlySpan<int> labels)
    {
        Check(probabilities, classes, labels.Length);
        HashSet<int> present = [.. labels];
        if (present.Count < 2)
            return double.NaN;

        var scores = new double[labels.Length];
        var positive = new bool[labels.Length];
        double sum = 0;
        foreach (int k in present.Order())
        {
            for (int i = 0; i < labels.Length; i++)
            {
                scores[i] = k < classes ? probabilities[(i * classes) + k] : 0;
                positive[i] = labels[i] == k;
            }

            sum += BinaryMetrics.Auc(scores, positive);
        }

        return sum / present.Count;
    }

    private static void Check(ReadOnlySpan<double> probabilities, int classes, int rows)
    {
        if (rows == 0)
            throw new ArgumentException("a metric needs at least one row");
        if (classes < 2 || probabilities.Length != (long)rows * classes)
            throw new ArgumentException($"{probabilities.Length} probabilities do not fit {rows} rows of {classes} classes");
    }
}
