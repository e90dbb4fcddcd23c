namespace MlOps.Learning.Statistics;

/// <summary>Quantiles of sorted values.</summary>
public static class Quantiles
{
    /// <summary>
    /// Type 7 of Hyndman and Fan (1996), the default of numpy and R: linear between the two neighbours of (n - 1) p. NaN without values.
    /// </summary>
    /// <param name="p">0 to 1.</param>
    public static double Type7(ReadOnlySpan<double> sorted, double p)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p, 1);
        if (sorted.IsEmpty)
            return double.NaN;
        double h = (sorted.Length - 1) * p;
        int low = (int)h;
        return low + 1 == sorted.Length ? sorted[low] : sorted[low] + ((h - low) * (sorted[low + 1] - sorted[low]));
    }

    /// <summary>Type 1 of Hyndman and Fan (1996): the least value that a share <paramref name="p"/> of all does not exceed. NaN without values.</summary>
    /// <param name="p">0 to 1.</param>
    public static double Type1(ReadOnlySpan<double> sorted, double p)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p, 1);
        return sorted.IsEmpty ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * p) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>The distinct inner edges that cut sorted values into <paramref name="bins"/> groups of about equal size; ties merge edges.</summary>
    public static double[] Edges(ReadOnlySpan<double> sorted, int bins)
    {
        var edges = new List<double>();
        for (int b = 1; b < bins && !sorted.IsEmpty; b++)
        {
            double edge = Type7(sorted, (double)b / bins);
            if (edges.Count == 0 || edge > edges[^1])
                edges.Add(edge);
        }

        return [.. edges];
    }
}
