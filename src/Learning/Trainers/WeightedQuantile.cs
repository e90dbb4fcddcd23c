namespace MlOps.Learning.Trainers;

/// <summary>Quantiles of values that count as their weights say.</summary>
internal static class WeightedQuantile
{
    /// <summary>Sums of weights that differ by less than this share of all are equal but for rounding.</summary>
    private const double Rounding = 1e-12;

    /// <summary>
    /// The quantile of values that may be put into another order: the least that has more than the level's share of the weight at or below
    /// it, and the middle of two where one has exactly this share (type 2 of Hyndman and Fan 1996). So a weight of 2 is the same as two
    /// values, weights of 1 are the same as none, and the median of an even number is the usual one.
    /// </summary>
    /// <param name="weights">Null: all alike.</param>
    /// <returns>0 where nothing weighs.</returns>
    public static double Of(double[] values, double[]? weights, double level)
    {
        if (weights is null)
            Array.Sort(values);
        else
            Array.Sort(values, weights);
        double all = weights is null ? values.Length : Sum(weights), share = level * all, slack = Rounding * all, sum = 0;
        double? middle = null;
        for (int i = 0; i < values.Length; i++)
        {
            double weight = weights is null ? 1 : weights[i];
            if (weight <= 0)
                continue;
            if (middle is { } lower)
                return lower + ((values[i] - lower) / 2);
            sum += weight;
            if (sum > share + slack)
                return values[i];
            if (sum >= share - slack)
                middle = values[i];
        }

        return middle ?? 0;
    }

    private static double Sum(double[] weights)
    {
        double sum = 0;
        foreach (double weight in weights)
            sum += weight;
        return sum;
    }
}
