using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Finds the split of most gain GL^2/(HL+l2) + GR^2/(HR+l2) - G^2/(H+l2) (Chen and Guestrin 2016, eq. 7). Missing values are tried on
/// both sides (ibid., algorithm 3); a node without any sends them with the heavier child. Equal gains go to the earlier feature and bin.
/// </summary>
internal sealed class SplitFinder(FeatureBins[] features, HistogramLayout layout, GbdtOptions options)
{
    /// <summary>XGBoost's kRtEps: less gain than this is rounding.</summary>
    private const double LeastGain = 1e-6;

    /// <summary>A sum of hessians below this is what subtraction leaves of an empty bin.</summary>
    private const double Negligible = 1e-10;

    private readonly double _leastWeight = Math.Max(options.MinChildWeight, Negligible);

    public Split? Find(ReadOnlySpan<Vector128<double>> histogram, Vector128<double> sum, ReadOnlySpan<int> candidates)
    {
        var best = new Best(Score(sum, options.L2) + LeastGain);
        foreach (int feature in candidates)
        {
            ReadOnlySpan<Vector128<double>> bins = histogram.Slice(layout.Offsets[feature], features[feature].Count + 1);
            if (features[feature] is CategoryBins)
                CategoryScan(ref best, feature, bins, sum);
            else
                NumberScan(ref best, feature, bins, sum);
        }

        return best.Feature < 0 ? null : Finish(in best, histogram, sum);
    }

    private void NumberScan(ref Best best, int feature, ReadOnlySpan<Vector128<double>> bins, Vector128<double> sum)
    {
        int count = bins.Length - 1;
        Vector128<double> missing = bins[count];
        bool hasMissing = missing[1] > Negligible;
        Vector128<double> left = default;
        for (int bin = 0; bin < (hasMissing ? count : count - 1); bin++)
        {
            left += bins[bin];
            Try(ref best, feature, bin, left, sum, false, options.L2);
            if (hasMissing && bin < count - 1)
                Try(ref best, feature, bin, left + missing, sum, true, options.L2);
        }
    }

    private void CategoryScan(ref Best best, int feature, ReadOnlySpan<Vector128<double>> bins, Vector128<double> sum)
    {
        Span<int> order = stackalloc int[bins.Length];
        order = order[..CategoryOrder.Of(bins[..^1], order)];
        bool oneHot = CategoryOrder.IsOneHot(order.Length);
        Vector128<double> missing = bins[^1];
        Vector128<double> left = default;
        BinSet set = default;
        bool improved;
        for (int i = 0; i < order.Length; i++)
        {
            if (oneHot)
                (left, set) = (default, default);
            left += bins[order[i]];
            set.Add(order[i]);
            double l2 = options.L2 + (oneHot ? 0 : CategoryOrder.ExtraL2);
            improved = Try(ref best, feature, -1, left, sum, false, l2);
            if (missing[1] > Negligible)
                improved |= Try(ref best, feature, -1, left + missing, sum, true, l2);
            if (improved)
                best.LeftLevels = set;
        }
    }

    private bool Try(ref Best best, int feature, int bin, Vector128<double> left, Vector128<double> sum, bool missingLeft, double l2)
    {
        Vector128<double> right = sum - left;
        if (left[1] < _leastWeight || right[1] < _leastWeight)
            return false;
        double score = Score(left, l2) + Score(right, l2);
        if (score <= best.Score)
            return false;
        best.Score = score;
        best.Feature = feature;
        best.Bin = bin;
        best.MissingLeft = missingLeft;
        best.LeftSum = left;
        return true;
    }

    private static double Score(Vector128<double> sum, double l2)
    {
        double weight = sum[1] + l2;
        return weight > 0 ? sum[0] * sum[0] / weight : 0;
    }

    private Split Finish(in Best best, ReadOnlySpan<Vector128<double>> histogram, Vector128<double> sum)
    {
        FeatureBins bins = features[best.Feature];
        bool hasMissing = histogram[layout.Offsets[best.Feature] + bins.Missing][1] > Negligible;
        bool missingLeft = hasMissing ? best.MissingLeft : best.LeftSum[1] >= sum[1] - best.LeftSum[1];
        BinSet left = best.LeftLevels;
        if (best.Bin >= 0)
        {
            left = default;
            for (int bin = 0; bin <= best.Bin; bin++)
                left.Add(bin);
        }

        if (missingLeft)
            left.Add(bins.Missing);
        double gain = best.Score - Score(sum, options.L2);
        return new Split(best.Feature, gain, best.Bin, missingLeft, left, best.LeftSum);
    }

    private struct Best(double score)
    {
        public double Score = score;
        public int Feature = -1;
        public int Bin;
        public bool MissingLeft;
        public Vector128<double> LeftSum;
        public BinSet LeftLevels;
    }
}
