using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>
/// Puts the levels of a category into one order for the whole forest, by what their rows give on average, and treats it as a number then:
/// as good as looking at each node anew and much cheaper (Wright and Koenig 2019, PeerJ 7:e6339). With several classes the order is
/// that of the first principal component of the levels' class shares (Coppersmith, Hong and Hosking 1999). Rare levels are drawn to the mean.
/// </summary>
internal static class LevelOrder
{
    /// <summary>Rows that the mean of all counts for.</summary>
    private const double Smoothing = 10;

    private const int PowerIterations = 50;

    /// <param name="binOf">The bin of each row.</param>
    /// <param name="outputs">Numbers a row gives: 1, or one a class.</param>
    public static CategoryBins Of(CategoryBins bins, byte[] binOf, double[] target, double[]? weights, int outputs)
    {
        double[][] shares = Shares(bins, binOf, target, weights, outputs, out double[] size);
        double[] axis = outputs == 1 ? [1] : FirstComponent(shares, size);
        int[] order = [.. Enumerable.Range(0, bins.Count).OrderBy(bin => Dot(shares[bin], axis))];
        var place = new byte[bins.Count];
        for (int i = 0; i < order.Length; i++)
            place[order[i]] = (byte)i;
        return new CategoryBins([.. Enumerable.Range(0, bins.Levels).Select(level => place[bins.BinOfLevel(level)])], bins.Count);
    }

    /// <summary>The smoothed means of the levels, less the mean of all.</summary>
    private static double[][] Shares(CategoryBins bins, byte[] binOf, double[] target, double[]? weights, int outputs, out double[] size)
    {
        double[][] sums = [.. Enumerable.Range(0, bins.Count + 1).Select(_ => new double[outputs])];
        size = new double[bins.Count + 1];
        for (int row = 0; row < binOf.Length; row++)
        {
            double weight = weights?[row] ?? 1;
            sums[binOf[row]][outputs == 1 ? 0 : (int)target[row]] += outputs == 1 ? weight * target[row] : weight;
            size[binOf[row]] += weight;
        }

        double all = size.Sum();
        for (int k = 0; k < outputs; k++)
        {
            double mean = sums.Sum(s => s[k]) / all;
            for (int bin = 0; bin < sums.Length; bin++)
                sums[bin][k] = (sums[bin][k] - (size[bin] * mean)) / (size[bin] + Smoothing);
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
