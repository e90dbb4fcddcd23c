namespace MlOps.Learning.Metrics;

/// <summary>A number for each row whose weighted mean is a metric; kept when it is asked for again and again.</summary>
internal sealed class RowLosses(int rows, bool keep, Func<int, double> ofPlace)
{
    private double[]? _kept;

    public double Mean(RowWeights weights)
    {
        if (keep)
            return weights.Mean(_kept ??= [.. Enumerable.Range(0, rows).Select(ofPlace)]);
        ReadOnlySpan<double> values = weights.Values;
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
            sum += values[i] * ofPlace(i);
        return sum / weights.Sum;
    }
}
