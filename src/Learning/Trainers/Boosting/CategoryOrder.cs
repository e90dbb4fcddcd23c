using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Which groups of levels are tried as the left side: for few levels each alone, else every prefix of the levels ordered by their mean
/// gradient, which holds the best of all groups for a convex loss (Fisher 1958). Smoothing, extra L2 and a least weight keep rare
/// levels from being fitted one by one (as LightGBM's cat_smooth and cat_l2).
/// </summary>
internal static class CategoryOrder
{
    public const double ExtraL2 = 10;

    private const int OneHotLevels = 4;
    private const double Smoothing = 10;
    private const double LeastWeight = 1;

    public static bool IsOneHot(int levels) => levels <= OneHotLevels;

    /// <summary>Writes the bins to try, in order, and returns how many.</summary>
    public static int Of(ReadOnlySpan<Vector128<double>> bins, Span<int> order)
    {
        Span<double> keys = stackalloc double[bins.Length];
        int count = 0;
        for (int bin = 0; bin < bins.Length; bin++)
        {
            if (bins[bin][1] < LeastWeight)
                continue;
            keys[count] = bins[bin][0] / (bins[bin][1] + Smoothing);
            order[count++] = bin;
        }

        if (!IsOneHot(count))
            keys[..count].Sort(order[..count]);
        return count;
    }
}
