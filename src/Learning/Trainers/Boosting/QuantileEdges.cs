namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Bin edges of about equal counts, where a value so frequent that it would fill a bin shares its own with less than half a bin of others (LightGBM's GreedyFindBin).</summary>
internal static class QuantileEdges
{
    /// <param name="sample">Values without NaN; they get sorted.</param>
    /// <param name="bins">At most so many bins.</param>
    public static double[] Of(Span<double> sample, int bins)
    {
        sample.Sort();
        (double[] values, int[] counts) = Distinct(sample);
        return values.Length <= bins ? Between(values) : Greedy(values, counts, sample.Length, bins);
    }

    private static (double[] Values, int[] Counts) Distinct(ReadOnlySpan<double> sorted)
    {
        var values = new List<double>();
        var counts = new List<int>();
        foreach (double value in sorted)
        {
            if (values.Count > 0 && value == values[^1])
            {
                counts[^1]++;
                continue;
            }

            values.Add(value);
            counts.Add(1);
        }

        return ([.. values], [.. counts]);
    }

    private static double[] Between(double[] values)
    {
        var edges = new double[Math.Max(0, values.Length - 1)];
        for (int i = 0; i < edges.Length; i++)
            edges[i] = Middle(values[i], values[i + 1]);
        return edges;
    }

    private static double[] Greedy(double[] values, int[] counts, int total, int bins)
    {
        var edges = new List<double>(bins - 1);
        double mean = (double)total / bins;
        bool[] alone = [.. counts.Select(c => c >= mean)];
        int restRows = counts.Where((_, i) => !alone[i]).Sum();
        int restBins = bins - alone.Count(a => a);
        mean = restBins > 0 ? (double)restRows / restBins : double.PositiveInfinity;
        int filled = 0;
        for (int i = 0; i < values.Length - 1 && edges.Count < bins - 1; i++)
        {
            filled += counts[i];
            restRows -= alone[i] ? 0 : counts[i];
            bool full = alone[i] || filled >= mean || (alone[i + 1] && filled >= Math.Max(1, mean / 2));
            if (!full)
                continue;
            edges.Add(Middle(values[i], values[i + 1]));
            restBins -= alone[i] ? 0 : 1;
            mean = restBins > 0 ? (double)restRows / restBins : double.PositiveInfinity;
            filled = 0;
        }

        return [.. edges];
    }

    /// <summary>A number m with low &lt;= m &lt; high, halfway where doubles allow.</summary>
    private static double Middle(double low, double high)
    {
        double middle = (low / 2) + (high / 2);
        return middle >= low && middle < high ? middle : low;
    }
}
