namespace MlOps.Learning.Statistics;

/// <summary>
/// Population stability index, sum (p - q) ln(p / q). Convention: below 0.1 stable, 0.1 to 0.25 moderate, above 0.25 large. It is
/// shown next to a test and is none: its expectation without any change is about (bins - 1)(1/n + 1/m).
/// </summary>
public static class PopulationStability
{
    /// <summary>Shares are raised to this floor, without renormalising, so that an empty bin stays finite.</summary>
    public const double ShareFloor = 1e-4;

    /// <summary>A reference with so many distinct values or fewer has a bin for each of them.</summary>
    public const int FewValues = 20;

    /// <summary>
    /// PSI of two sorted samples over the deciles of the reference; equal deciles merge. A reference of few distinct values (flags, counts)
    /// has a bin for each and one for each gap between: its deciles would merge to one bin that holds everything. NaN when a side is empty.
    /// </summary>
    public static double Deciles(ReadOnlySpan<double> sortedReference, ReadOnlySpan<double> sortedCurrent)
    {
        (long[] reference, long[] current) = Bins(sortedReference, sortedCurrent);
        return Of(reference, current);
    }

    /// <summary>The counts of both samples in the bins of <see cref="Deciles"/>; some may be empty on both sides.</summary>
    public static (long[] Reference, long[] Current) Bins(ReadOnlySpan<double> sortedReference, ReadOnlySpan<double> sortedCurrent)
    {
        double[] edges = Edges(sortedReference);
        return (Counts(sortedReference, edges), Counts(sortedCurrent, edges));
    }

    /// <summary>The upper ends of the bins of <see cref="Deciles"/>, rising; above the last one there is one bin more.</summary>
    public static double[] Edges(ReadOnlySpan<double> sortedReference) => EdgesOfFew(sortedReference) ?? Quantiles.Edges(sortedReference, 10);

    /// <summary>The bin of a value: bins are (-inf, e1], (e1, e2], ..., (ek, inf).</summary>
    public static int BinOf(double[] edges, double value)
    {
        int found = Array.BinarySearch(edges, value);
        while (found > 0 && edges[found - 1] == value)
            found--;
        return found < 0 ? ~found : found;
    }

    /// <summary>PSI of counts per bin or level; levels with no row on either side do not count. NaN when a side is empty.</summary>
    public static double Of(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        double n = 0, m = 0, sum = 0;
        for (int k = 0; k < reference.Length; k++)
            (n, m) = (n + reference[k], m + current[k]);
        if (n == 0 || m == 0)
            return double.NaN;
        for (int k = 0; k < reference.Length; k++)
        {
            if (reference[k] + current[k] == 0)
                continue;
            double p = Math.Max(reference[k] / n, ShareFloor), q = Math.Max(current[k] / m, ShareFloor);
            sum += (p - q) * Math.Log(p / q);
        }

        return sum;
    }

    private static double[]? EdgesOfFew(ReadOnlySpan<double> sorted)
    {
        var edges = new List<double>(2 * FewValues);
        for (int from = 0; from < sorted.Length; from = UpperBound(sorted, sorted[from]))
        {
            if (edges.Count == 2 * FewValues)
                return null;
            edges.Add(Math.BitDecrement(sorted[from]));
            edges.Add(sorted[from]);
        }

        return [.. edges];
    }

    // Bins (-inf, e1], (e1, e2], ..., (ek, inf) by binary search of each edge in the sorted values.
    private static long[] Counts(ReadOnlySpan<double> sorted, double[] edges)
    {
        var counts = new long[edges.Length + 1];
        int before = 0;
        for (int b = 0; b < edges.Length; b++)
        {
            int upTo = UpperBound(sorted, edges[b]);
            counts[b] = upTo - before;
            before = upTo;
        }

        counts[^1] = sorted.Length - before;
        return counts;
    }

    private static int UpperBound(ReadOnlySpan<double> sorted, double value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = sorted[middle] <= value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
