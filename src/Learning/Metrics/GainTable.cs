namespace MlOps.Learning.Metrics;

/// <summary>
/// Cumulative gain and lift. Where rows of one score lie on both sides of a cut they are divided in proportion, so that the order among
/// them does not count.
/// </summary>
internal static class GainTable
{
    private const int Steps = 10;

    public static IReadOnlyList<GainStep> Of(List<ThresholdStep> steps)
    {
        ThresholdStep all = steps[^1];
        var table = new List<GainStep>(Steps);
        double before = 0;
        for (int i = 1; i <= Steps; i++)
        {
            double share = (double)i / Steps;
            (double positives, double threshold) = At(steps, share * all.Weight);
            table.Add(new(share, threshold, (positives - before) * Steps / all.Weight, positives / all.Positives, positives / all.Positives / share));
            before = positives;
        }

        return table;
    }

    /// <summary>The positive rows among the first ones of a weight, and the score that reaches so far.</summary>
    private static (double Positives, double Threshold) At(List<ThresholdStep> steps, double weight)
    {
        int at = Math.Max(1, steps.FindIndex(s => s.Weight >= weight));
        // The last sum may be a rounding below the weight asked for.
        (ThresholdStep from, ThresholdStep to) = steps[^1].Weight < weight ? (steps[^2], steps[^1]) : (steps[at - 1], steps[at]);
        double part = Math.Min(1, (weight - from.Weight) / (to.Weight - from.Weight));
        return (from.Positives + (part * (to.Positives - from.Positives)), to.Threshold);
    }
}
