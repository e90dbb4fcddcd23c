namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Whole weights say how often a row is there. Others only say how rows stand to each other, in a unit that would decide what
/// minChildWeight and l2 mean, and beyond some unit what a float holds: they are brought to a mean of about 1, by a power of two.
/// </summary>
internal static class RelativeWeights
{
    /// <summary>No table has more rows than that.</summary>
    private const double MostRepeats = int.MaxValue;

    public static double[]? Of(double[]? weights)
    {
        if (weights is null || weights.All(w => w <= MostRepeats && w == Math.Floor(w)))
            return weights;
        double mean = weights.Sum() / weights.Count(w => w > 0);
        int exponent = (int)Math.Round(Math.Log2(mean));
        return [.. weights.Select(w => Math.ScaleB(w, -exponent))];
    }
}
