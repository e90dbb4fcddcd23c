namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Bin edges of about equal counts, where a value so frequent that it would fill a bin shares its own with less than half a bin of others (LightGBM's GreedyFindBin).</summary>
internal static class QuantileEdges
{
    /// <param name="sample">Values without NaN; they get sorted.</param>
    /// <param name="bins">At most so many bins.</param>
    public static double[] Of(Span<double> sample, int bins)
    {
        NumberSort.Sort(sample);
        return HasMoreValues(sample, bins) ? Greedy(sample, bins) : Between(sample);
    }

    private static bool HasMoreValues(ReadOnlySpan<double> sorted, int most)
    {
        int values = 0;
        for (int at = 0; at < sorted.Length && values <= most; at = End(sorted, at))
            values++;
        return values > most;
    }

    private static double[] Between(ReadOnlySpan<double> sorted)
    {
        var edges = new List<double>();
        for (int end = End(sorted, 0); end < sorted.Length; end = End(sorted, end))
            edges.Add(Middle(sorted[end - 1], sorted[end]));
        return [.. edges];
    }

    private static double[] Greedy(ReadOnlySpan<double> sorted, int bins)
    {
        var edges = new List<double>(bins - 1);
        double frequent = (double)sorted.Length / bins;
        (int restRows, int restBins) = WithoutFrequent(sorted, frequent, bins);
        double mean = Mean(restRows, restBins);
        int filled = 0;
        for (int at = 0, end = End(sorted, 0); end < sorted.Length && edges.Count < bins - 1;)
        {
            (int count, int next) = (end - at, End(sorted, end));
            (bool isAlone, bool isNextAlone) = (count >= frequent, next - end >= frequent);
            filled += count;
            restRows -= isAlone ? 0 : count;
            if (isAlone || filled >= mean || (isNextAlone && filled >= Math.Max(1, mean / 2)))
            {
                edges.Add(Middle(sorted[end - 1], sorted[end]));
                restBins -= isAlone ? 0 : 1;
                mean = Mean(restRows, restBins);
                filled = 0;
            }

            (at, end) = (end, next);
        }

        return [.. edges];
    }

    /// <summary>Rows and bins that are left for the values that do not fill one alone.</summary>
    private static (int Rows, int Bins) WithoutFrequent(ReadOnlySpan<double> sorted, double frequent, int bins)
    {
        int rows = sorted.Length;
        for (int at = 0, end; at < sorted.Length; at = end)
        {
            end = End(sorted, at);
            if (end - at >= frequent)
                (rows, bins) = (rows - (end - at), bins - 1);
        }

        return (rows, bins);
    }

    private static double Mean(int rows, int bins) => bins > 0 ? (double)rows / bins : double.PositiveInfinity;

    /// <summary>Behind the last of those that are equal to the number at a place.</summary>
    private static int End(ReadOnlySpan<double> sorted, int at)
    {
        int end = at + 1;
        while (end < sorted.Length && sorted[end] == sorted[at])
            end++;
        return end;
    }

    /// <summary>A number m with low &lt;= m &lt; high, halfway where doubles allow.</summary>
    private static double Middle(double low, double high)
    {
        double middle = (low / 2) + (high / 2);
        return middle >= low && middle < high ? middle : low;
    }
}
