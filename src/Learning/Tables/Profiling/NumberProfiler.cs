namespace MlOps.Learning.Tables.Profiling;

/// <summary>Profiles number columns by sorting a copy of their values.</summary>
internal static class NumberProfiler
{
    private const int Bins = 20;

    public static ColumnProfile Profile(NumberColumn column)
    {
        double[] sorted = Sorted(column.Values);
        NumberSummary? summary = sorted.Length == 0 ? null : Summarize(sorted);
        return new ColumnProfile(column.Name, ColumnType.Number, column.Count, column.Count - sorted.Length, CountDistinct(sorted), true, summary, null, []);
    }

    private static double[] Sorted(ReadOnlySpan<double> values)
    {
        double[] present = new double[values.Length];
        int count = 0;
        foreach (double value in values)
        {
            if (!double.IsNaN(value))
                present[count++] = value;
        }

        Array.Resize(ref present, count);
        Array.Sort(present);
        return present;
    }

    private static NumberSummary Summarize(double[] sorted)
    {
        double mean = sorted.Average();
        double squares = sorted.Sum(x => (x - mean) * (x - mean));
        double deviation = sorted.Length == 1 ? 0 : Math.Sqrt(squares / (sorted.Length - 1));
        double[] deciles = [.. Enumerable.Range(0, 11).Select(d => Quantile(sorted, d))];
        return new NumberSummary(sorted[0], sorted[^1], mean, deviation, deciles, CountBins(sorted));
    }

    /// <summary>The quantile <paramref name="tenths"/>/10, type 7: in whole numbers, so that a quantile that is a value is that value.</summary>
    private static double Quantile(double[] sorted, int tenths)
    {
        (long index, long rest) = Math.DivRem((sorted.Length - 1L) * tenths, 10);
        double low = sorted[index];
        if (rest == 0 || sorted[index + 1] == low)
            return low;
        return low + (rest / 10.0 * (sorted[index + 1] - low));
    }

    private static Histogram CountBins(double[] sorted)
    {
        double[] finite = [.. sorted.Where(double.IsFinite)];
        if (finite.Length == 0)
            return new Histogram([], []);
        (double min, double max) = (finite[0], finite[^1]);
        int bins = min == max ? 1 : Bins;

        // Weighted ends, not a width: the difference of two doubles may be infinite.
        double[] edges = [min, .. Enumerable.Range(1, bins - 1).Select(i => (min * ((double)(bins - i) / bins)) + (max * ((double)i / bins))), max];
        int[] counts = new int[bins];
        int bin = 0;
        foreach (double x in finite)
        {
            while (bin < bins - 1 && x >= edges[bin + 1])
                bin++;
            counts[bin]++;
        }

        return new Histogram(edges, counts);
    }

    private static int CountDistinct(double[] sorted)
    {
        int distinct = Math.Min(1, sorted.Length);
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] != sorted[i - 1])
                distinct++;
        }

        return distinct;
    }
}
