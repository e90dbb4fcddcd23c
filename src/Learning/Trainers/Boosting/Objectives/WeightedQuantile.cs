namespace MlOps.Learning.Trainers.Boosting;

internal static class WeightedQuantile
{
    /// <summary>
    /// The quantile of values that may be put into another order: between the two values around it in proportion (type 7 of Hyndman and
    /// Fan 1996), with weights the least value that has the level's share of the weight at or below it.
    /// </summary>
    public static double Of(double[] values, double[]? weights, double level)
    {
        if (weights is not null)
            return Weighted(values, weights, level);
        Array.Sort(values);
        double place = level * (values.Length - 1);
        int below = (int)place;
        return below + 1 < values.Length ? values[below] + ((place - below) * (values[below + 1] - values[below])) : values[below];
    }

    private static double Weighted(double[] values, double[] weights, double level)
    {
        Array.Sort(values, weights);
        double rest = level * weights.Sum();
        for (int i = 0; i < values.Length; i++)
        {
            rest -= weights[i];
            if (rest <= 0 && weights[i] > 0)
                return values[i];
        }

        return values[^1];
    }
}
