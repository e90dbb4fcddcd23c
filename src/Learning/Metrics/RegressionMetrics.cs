namespace MlOps.Learning.Metrics;

/// <summary>Metrics of a predicted number. All throw <see cref="ArgumentException"/> on no rows or spans of different length; values must not be NaN.</summary>
public static class RegressionMetrics
{
    /// <summary>Root of the mean squared error, in the target's unit.</summary>
    public static double Rmse(ReadOnlySpan<double> predicted, ReadOnlySpan<double> truth) =>
        Math.Sqrt(SquaredError(predicted, truth) / truth.Length);

    /// <summary>Mean absolute error, in the target's unit.</summary>
    public static double Mae(ReadOnlySpan<double> predicted, ReadOnlySpan<double> truth)
    {
        BinaryMetrics.Check(predicted, truth.Length);
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
            sum += Math.Abs(predicted[i] - truth[i]);
        return sum / truth.Length;
    }

    /// <summary>Coefficient of determination, 1 - SSE / SST about the mean of <paramref name="truth"/>. NaN when the truth does not vary.</summary>
    public static double R2(ReadOnlySpan<double> predicted, ReadOnlySpan<double> truth)
    {
        double error = SquaredError(predicted, truth);
        double mean = 0, total = 0;
        foreach (double value in truth)
            mean += value;
        mean /= truth.Length;
        foreach (double value in truth)
            total += (value - mean) * (value - mean);
        return Constant(truth) ? double.NaN : 1 - (error / total);
    }

    // Compared by value and not by SST: the mean of equal values may differ from them in the last bit.
    private static bool Constant(ReadOnlySpan<double> values) => values.IndexOfAnyExcept(values[0]) < 0;

    private static double SquaredError(ReadOnlySpan<double> predicted, ReadOnlySpan<double> truth)
    {
        BinaryMetrics.Check(predicted, truth.Length);
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double error = predicted[i] - truth[i];
            sum += error * error;
        }

        return sum;
    }
}
