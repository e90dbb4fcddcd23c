namespace MlOps.Learning.Statistics;

/// <summary>False discovery rate control over many tests (Benjamini and Hochberg 1995).</summary>
public static class BenjaminiHochberg
{
    /// <summary>
    /// Adjusted p-values in the order given: reject those at most alpha to keep the expected share of false alarms among the alarms
    /// at or below alpha. A NaN is a test that did not take place: it stays NaN and does not count.
    /// </summary>
    public static double[] Adjust(ReadOnlySpan<double> pValues)
    {
        double[] p = pValues.ToArray();
        int[] order = [.. Enumerable.Range(0, p.Length).Where(i => !double.IsNaN(p[i])).OrderBy(i => p[i])];
        var adjusted = new double[p.Length];
        Array.Fill(adjusted, double.NaN);
        double lowest = 1;
        for (int rank = order.Length; rank >= 1; rank--)
        {
            lowest = Math.Min(lowest, p[order[rank - 1]] * order.Length / rank);
            adjusted[order[rank - 1]] = lowest;
        }

        return adjusted;
    }
}
