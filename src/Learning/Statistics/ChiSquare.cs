namespace MlOps.Learning.Statistics;

/// <summary>The outcome of a chi-square test of homogeneity.</summary>
/// <param name="CramersV">Strength of the association, 0 to 1: sqrt(X2 / N).</param>
public sealed record ChiSquareResult(double Statistic, int DegreesOfFreedom, double PValue, double CramersV);

/// <summary>Do two samples of categories come from one distribution? Pearson's chi-square on the 2 x K table, no continuity correction.</summary>
public static class ChiSquare
{
    /// <summary>
    /// Tests counts per level. Levels with no row on either side do not count; with one level left the statistic is 0 and p is 1.
    /// </summary>
    /// <exception cref="ArgumentException">The spans differ in length, or a sample has no rows.</exception>
    public static ChiSquareResult Homogeneity(ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"{a.Length} and {b.Length} levels");
        double n = Sum(a), m = Sum(b), total = n + m;
        if (n == 0 || m == 0)
            throw new ArgumentException("both samples need at least one row");

        double statistic = 0;
        int levels = 0;
        for (int k = 0; k < a.Length; k++)
        {
            double both = a[k] + b[k];
            if (both == 0)
                continue;
            levels++;
            // Both cells of a level deviate by the same amount, with opposite signs.
            double deviation = a[k] - (both * n / total);
            statistic += deviation * deviation * total * total / (both * n * m);
        }

        return levels < 2
            ? new ChiSquareResult(0, 0, 1, 0)
            : new ChiSquareResult(statistic, levels - 1, SpecialFunctions.ChiSquareTail(statistic, levels - 1), Math.Sqrt(statistic / total));
    }

    /// <summary>
    /// Joins levels, rarest first, until every expected count in the smaller sample is at least <paramref name="minimumExpected"/>,
    /// so that the chi-square law holds and one unseen level is no alarm by itself (Cochran 1954).
    /// </summary>
    public static (long[] A, long[] B) PoolRare(ReadOnlySpan<long> a, ReadOnlySpan<long> b, double minimumExpected = 5)
    {
        double n = Sum(a), m = Sum(b), share = Math.Min(n, m) / (n + m);
        long[] pooledA = a.ToArray(), pooledB = b.ToArray();
        int[] order = [.. Enumerable.Range(0, pooledA.Length).OrderBy(k => pooledA[k] + pooledB[k]).ThenBy(k => k)];
        long restA = 0, restB = 0;
        int taken = 0;
        while (taken < order.Length && NeedsMore(pooledA[order[taken]] + pooledB[order[taken]], restA + restB))
        {
            restA += pooledA[order[taken]];
            restB += pooledB[order[taken]];
            taken++;
        }

        IEnumerable<int> kept = order.Skip(taken).Order();
        return restA + restB == 0
            ? ([.. kept.Select(k => pooledA[k])], [.. kept.Select(k => pooledB[k])])
            : ([.. kept.Select(k => pooledA[k]), restA], [.. kept.Select(k => pooledB[k]), restB]);

        // A level joins the rest when it is rare itself, or when the rest is still too small to stand alone.
        bool NeedsMore(long rows, long rest) => rows * share < minimumExpected || (rest > 0 && rest * share < minimumExpected);
    }

    private static double Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (long count in counts)
            sum += count;
        return sum;
    }
}
