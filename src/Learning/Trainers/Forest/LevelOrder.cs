using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>
/// Puts the levels of a category into an order by what their rows give on average, and treats it as a number then. With several classes the
/// order is that of the first principal component of the levels' class shares (Coppersmith, Hong and Hosking 1999). Rare levels are drawn to
/// the mean. A node with rows enough has an order of its own, others that of the nearest such node above. One for a whole tree (Wright and
/// Koenig 2019, PeerJ 7:e6339) is wrong below a split that turns it round: the clearest diamonds are the smallest and so the cheapest, but
/// dear for their size. One of a few rows only repeats their noise. An order by all rows would tell a tree of those that are out of its bag.
/// </summary>
internal static class LevelOrder
{
    /// <summary>Rows that the mean of all counts for.</summary>
    private const double Smoothing = 10;

    /// <summary>For each number that a leaf has. Of 30, 200 and 2,000 this does best on diamonds (bench/results/learning-families.md).</summary>
    private const int RowsPerOutput = 200;

    /// <summary>The same for each level that the node has rows of: with few rows a level their order is that of chance, and one cut of it explains much of the node.</summary>
    private const int RowsPerLevel = 25;

    private const int PowerIterations = 50;

    /// <summary>Of features that have an order by themselves.</summary>
    private static readonly byte[] AsTheyAre = [.. Enumerable.Range(0, 256).Select(bin => (byte)bin)];

    /// <summary>Rows of a node that are enough for an order of its own.</summary>
    public static int LeastRows(ForestData data) => RowsPerOutput * data.Outputs;

    /// <summary>By feature and bin: where the order has it, so that every split is "places up to this one".</summary>
    /// <param name="above">Those of the node above, which features keep that the node has too few rows for; null for the root.</param>
    public static byte[][] Of(ForestData data, ReadOnlySpan<ForestRow> rows, byte[][]? above)
    {
        var places = new byte[data.Features.Length][];
        for (int f = 0; f < places.Length; f++)
            places[f] = data.Features[f] is CategoryBins bins ? Of(data, rows, f, bins.Count, above?[f]) : AsTheyAre;
        return places;
    }

    /// <summary>Missing values stay behind all levels.</summary>
    private static byte[] Of(ForestData data, ReadOnlySpan<ForestRow> rows, int feature, int bins, byte[]? above)
    {
        double[][] shares = Shares(data, rows, feature, bins, out double[] size);
        if (above is not null && rows.Length < (long)RowsPerLevel * data.Outputs * size.Take(bins).Count(s => s > 0))
            return above;
        double[] axis = data.Outputs == 1 ? [1] : FirstComponent(shares, size);
        int[] order = [.. Enumerable.Range(0, bins).OrderBy(bin => Dot(shares[bin], axis))];
        byte[] places = [.. AsTheyAre];
        for (int i = 0; i < order.Length; i++)
            places[order[i]] = (byte)i;
        return places;
    }

    /// <summary>The smoothed means of the levels, less the mean of all.</summary>
    private static double[][] Shares(ForestData data, ReadOnlySpan<ForestRow> rows, int feature, int bins, out double[] size)
    {
        double[][] sums = [.. Enumerable.Range(0, bins + 1).Select(_ => new double[data.Outputs])];
        size = new double[bins + 1];
        foreach (ref readonly ForestRow row in rows)
        {
            int bin = data.Table.Bins[(row.Row * data.Table.Stride) + feature];
            if (data.Outputs == 1)
                sums[bin][0] += row.Weight * row.Target;
            else
                sums[bin][(int)row.Target] += row.Weight;
            size[bin] += row.Weight;
        }

        double all = size.Sum();
        for (int k = 0; k < data.Outputs; k++)
        {
            double mean = sums.Sum(s => s[k]) / all;
            for (int bin = 0; bin < sums.Length; bin++)
                sums[bin][k] = (sums[bin][k] - (size[bin] * mean)) / (size[bin] + (Smoothing * data.MeanWeight));
        }

        return sums;
    }

    /// <summary>By power iteration on the covariance of the shares, begun at the level farthest from the mean.</summary>
    private static double[] FirstComponent(double[][] shares, double[] size)
    {
        double[] axis = [.. shares[Enumerable.Range(0, shares.Length).MaxBy(b => size[b] * Dot(shares[b], shares[b]))]];
        for (int i = 0; i < PowerIterations; i++)
        {
            var next = new double[axis.Length];
            for (int bin = 0; bin < shares.Length; bin++)
            {
                double along = size[bin] * Dot(shares[bin], axis);
                for (int k = 0; k < next.Length; k++)
                    next[k] += along * shares[bin][k];
            }

            double length = Math.Sqrt(Dot(next, next));
            if (!(length > 0))
                return axis;
            axis = [.. next.Select(v => v / length)];
        }

        return axis;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
