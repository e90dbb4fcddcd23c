using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Finds the split of most gain GL^2/(HL+l2) + GR^2/(HR+l2) - G^2/(H+l2) (Chen and Guestrin 2016, eq. 7), G shrunk by L1. Missing values
/// are tried on both sides (ibid., algorithm 3); a node without any sends them with the heavier child. Equal gains go to the earlier
/// feature, then to missing on the right, then to the earlier bin.
/// </summary>
internal sealed class SplitFinder(FeatureBins[] features, HistogramLayout layout, GbdtOptions options, MonotoneDirections? monotone)
{
    /// <summary>XGBoost's kRtEps: less gain than this is rounding.</summary>
    private const double LeastGain = 1e-6;

    private readonly LeafPenalty _penalty = new(options.L1, options.L2);

    /// <summary>Sums are exact, so that 0 means that there are no rows.</summary>
    private readonly double _leastWeight = Math.Max(options.MinChildWeight, double.Epsilon);

    /// <param name="levelWeight">Levels of a smaller hessian in the node are not tried.</param>
    public Split? Find(Node node, ReadOnlySpan<int> candidates, double levelWeight)
    {
        ReadOnlySpan<Vector128<double>> histogram = node.Histogram;
        (Vector128<double> sum, LeafBounds bounds) = (node.Sum, node.Bounds);
        double leastWeight = LeastWeight(node);
        var best = new Best(Score(sum, bounds) + LeastGain);
        var scan = new NumberScan(stackalloc double[NumberScan.BufferLength], _penalty, leastWeight);
        foreach (int feature in candidates)
        {
            ReadOnlySpan<Vector128<double>> bins = histogram.Slice(layout.Offsets[feature], features[feature].Count + 1);
            if (features[feature] is CategoryBins)
                ScanLevels(ref best, feature, bins, sum, bounds, leastWeight, levelWeight);
            else if (monotone is null || (monotone[feature] == 0 && bounds == LeafBounds.None))
                ScanNumber(ref best, feature, bins, sum, scan);
            else
                ScanBounded(ref best, feature, bins, sum, bounds, leastWeight);
        }

        return best.Feature < 0 ? null : Finish(in best, histogram, sum, bounds);
    }

    /// <summary>The split of a number behind a given bin, missing values on the better side; null where a side would be too small.</summary>
    /// <returns>Its gain is 0 where it gains nothing by itself.</returns>
    public Split? At(Node node, int feature, int bin)
    {
        ReadOnlySpan<Vector128<double>> histogram = node.Histogram;
        ReadOnlySpan<Vector128<double>> bins = histogram.Slice(layout.Offsets[feature], features[feature].Count + 1);
        Vector128<double> left = default;
        foreach (Vector128<double> sum in bins[..(bin + 1)])
            left += sum;
        var best = new Best(double.NegativeInfinity);
        Try(ref best, feature, bin, left, node.Sum, false, node.Bounds, 0, LeastWeight(node));
        if (bins[^1][1] > 0)
            Try(ref best, feature, bin, left + bins[^1], node.Sum, true, node.Bounds, 0, LeastWeight(node));
        if (best.Feature < 0)
            return null;
        Split split = Finish(in best, histogram, node.Sum, node.Bounds);
        return split with { Gain = Math.Max(0, split.Gain) };
    }

    /// <summary>The least hessian of a side. Rows are counted by their share of the hessian, which is all that a histogram knows of them (LightGBM's cnt_factor).</summary>
    public double LeastWeight(Node node) => Math.Max(_leastWeight, options.MinLeafRows * (node.Sum[1] / Math.Max(1, node.Count)));

    private static void ScanNumber(ref Best best, int feature, ReadOnlySpan<Vector128<double>> bins, Vector128<double> sum, NumberScan scan)
    {
        int count = bins.Length - 1;
        Vector128<double> missing = bins[count];
        scan.Load(bins[..count]);
        if (missing[1] > 0)
        {
            best.Take(feature, scan.Best(count, default, sum), default, scan, false);
            best.Take(feature, scan.Best(count - 1, missing, sum), missing, scan, true);
        }
        else
        {
            best.Take(feature, scan.Best(count - 1, default, sum), default, scan, false);
        }
    }

    private void ScanBounded(ref Best best, int feature, ReadOnlySpan<Vector128<double>> bins, Vector128<double> sum, LeafBounds bounds, double leastWeight)
    {
        int count = bins.Length - 1;
        Vector128<double> missing = bins[count];
        foreach (bool missingLeft in missing[1] > 0 ? (ReadOnlySpan<bool>)[false, true] : [false])
        {
            Vector128<double> left = missingLeft ? missing : default;
            int thresholds = missing[1] > 0 && !missingLeft ? count : count - 1;
            for (int bin = 0; bin < thresholds; bin++)
            {
                left += bins[bin];
                Try(ref best, feature, bin, left, sum, missingLeft, bounds, 0, leastWeight);
            }
        }
    }

    private void ScanLevels(ref Best best, int feature, ReadOnlySpan<Vector128<double>> bins, Vector128<double> sum, LeafBounds bounds, double leastWeight, double levelWeight)
    {
        Span<int> order = stackalloc int[bins.Length];
        order = order[..options.Categories.Order(bins[..^1], order, levelWeight)];
        bool oneHot = options.Categories.IsOneHot(order.Length);
        double moreL2 = oneHot ? 0 : CategoryOrder.ExtraL2;
        Vector128<double> missing = bins[^1], left = default;
        BinSet set = default;
        double group = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (oneHot)
                (left, set) = (default, default);
            left += bins[order[i]];
            set.Add(order[i]);
            group += bins[order[i]][1];
            // What is known against what is missing is tried whatever the last group weighs.
            if (!oneHot && group < options.Categories.GroupWeight && i + 1 < order.Length)
                continue;
            group = 0;
            bool improved = Try(ref best, feature, -1, left, sum, false, bounds, moreL2, leastWeight);
            if (missing[1] > 0)
                improved |= Try(ref best, feature, -1, left + missing, sum, true, bounds, moreL2, leastWeight);
            if (improved)
                best.LeftLevels = set;
        }

        // Known or not: of prefixes the last, of single levels none.
        if (oneHot && missing[1] > 0 && order.Length > 1)
        {
            (left, set) = (default, default);
            foreach (int bin in order)
            {
                left += bins[bin];
                set.Add(bin);
            }

            if (Try(ref best, feature, -1, left, sum, false, bounds, moreL2, leastWeight))
                best.LeftLevels = set;
        }
    }

    private bool Try(ref Best best, int feature, int bin, Vector128<double> left, Vector128<double> sum, bool missingLeft, LeafBounds bounds, double moreL2, double leastWeight)
    {
        Vector128<double> right = sum - left;
        if (left[1] < leastWeight || right[1] < leastWeight)
            return false;
        double score = monotone is null ? _penalty.With(moreL2).Score(left) + _penalty.With(moreL2).Score(right) : Bounded(feature, left, right, bounds, _penalty.With(moreL2));
        if (score <= best.Score)
            return false;
        (best.Score, best.Feature, best.Bin, best.MissingLeft, best.LeftSum) = (score, feature, bin, missingLeft, left);
        return true;
    }

    /// <summary>Negative infinity where the leaves would stand the wrong way round.</summary>
    private double Bounded(int feature, Vector128<double> left, Vector128<double> right, LeafBounds bounds, LeafPenalty penalty)
    {
        double leftValue = bounds.Clamp(penalty.Weight(left)), rightValue = bounds.Clamp(penalty.Weight(right));
        return monotone![feature] * (rightValue - leftValue) < 0
            ? double.NegativeInfinity
            : penalty.Score(left, leftValue) + penalty.Score(right, rightValue);
    }

    private double Score(Vector128<double> sum, LeafBounds bounds) =>
        bounds == LeafBounds.None ? _penalty.Score(sum) : _penalty.Score(sum, bounds.Clamp(_penalty.Weight(sum)));

    private Split Finish(in Best best, ReadOnlySpan<Vector128<double>> histogram, Vector128<double> sum, LeafBounds bounds)
    {
        FeatureBins bins = features[best.Feature];
        bool hasMissing = histogram[layout.Offsets[best.Feature] + bins.Missing][1] > 0;
        bool missingLeft = hasMissing ? best.MissingLeft : best.LeftSum[1] >= sum[1] - best.LeftSum[1];
        BinSet left = best.LeftLevels;
        if (best.Bin >= 0)
            left = BinSet.UpTo(best.Bin);
        if (missingLeft)
            left.Add(bins.Missing);
        return new Split(best.Feature, best.Score - Score(sum, bounds), best.Bin, missingLeft, left, best.LeftSum);
    }

    private struct Best(double score)
    {
        public double Score = score;
        public int Feature = -1;
        public int Bin;
        public bool MissingLeft;
        public Vector128<double> LeftSum;
        public BinSet LeftLevels;

        public void Take(int feature, (double Score, int Bin) found, Vector128<double> more, NumberScan scan, bool missingLeft)
        {
            if (found.Score > Score)
                (Score, Feature, Bin, MissingLeft, LeftSum) = (found.Score, feature, found.Bin, missingLeft, scan.LeftSum(found.Bin) + more);
        }
    }
}
