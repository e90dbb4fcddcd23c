namespace MlOps.Learning.Metrics;

/// <summary>The weight of positive and other rows that score at least a threshold.</summary>
internal readonly record struct ThresholdStep(double Threshold, double Positives, double Negatives)
{
    public double Weight => Positives + Negatives;

    /// <summary>One for each distinct score whose rows weigh anything, from the highest; the first is that of no rows.</summary>
    /// <param name="positive">By place.</param>
    /// <param name="weights">By place.</param>
    public static List<ThresholdStep> All(Ranking ranking, ReadOnlySpan<bool> positive, ReadOnlySpan<double> weights)
    {
        var steps = new List<ThresholdStep> { new(double.PositiveInfinity, 0, 0) };
        (double positives, double negatives) = (0, 0);
        for (int place = weights.Length - 1; place >= 0; place--)
        {
            (positives, negatives) = positive[place] ? (positives + weights[place], negatives) : (positives, negatives + weights[place]);
            bool last = place == 0 || ranking.Scores[place - 1] != ranking.Scores[place];
            if (last && positives + negatives > steps[^1].Weight)
                steps.Add(new(ranking.Scores[place], positives, negatives));
        }

        return steps;
    }
}
