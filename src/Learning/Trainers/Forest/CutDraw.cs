using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>Where a feature is cut.</summary>
internal static class CutDraw
{
    /// <summary>A cut of extra trees: uniform over the values between the lowest and the highest of a node (Geurts et al. 2006), as near as bins tell; below the last bin unless it is the only one.</summary>
    public static int Of(FeatureBins bins, int first, int last, SeededRandom random)
    {
        if (first == last)
            return first;
        if (bins is not NumberBins numbers)
            return first + random.Next(last - first);
        double low = Low(numbers, first), high = High(numbers, last);
        int bin = numbers.BinOf(low + (random.NextDouble() * (high - low)));
        return Math.Clamp(bin, first, last - 1);
    }

    /// <summary>Of the cuts that divide a node alike the one in the middle of the gap, as for a margin.</summary>
    public static int Middle(FeatureBins bins, ForestSplit split)
    {
        if (split.High <= split.Low + 1)
            return split.Low;
        if (bins is not NumberBins numbers || split.High >= bins.Count)
            return split.High >= bins.Count ? bins.Count - 1 : (split.Low + split.High - 1) / 2;
        double middle = (numbers.Threshold(split.Low) / 2) + (numbers.Threshold(split.High - 1) / 2);
        return Math.Clamp(numbers.BinOf(middle), split.Low, split.High - 1);
    }

    /// <summary>The outer bins have no outer edge; they count as wide as their neighbours.</summary>
    private static double Low(NumberBins bins, int first) => first > 0
        ? bins.Threshold(first - 1)
        : bins.Threshold(0) - (bins.Count > 2 ? bins.Threshold(1) - bins.Threshold(0) : 1);

    private static double High(NumberBins bins, int last) => last < bins.Count - 1
        ? bins.Threshold(last)
        : bins.Threshold(last - 1) + (bins.Count > 2 ? bins.Threshold(last - 1) - bins.Threshold(last - 2) : 1);
}
