namespace MlOps.Learning.Statistics;

/// <summary>How much a <see cref="MixtureSprt"/> needs to see.</summary>
public static class SequentialPlan
{
    /// <summary>
    /// Values needed in both arms together, so that a true difference is found with the wanted power at the latest then (mostly sooner):
    /// the variance V at which the difference less its normal fluctuation, effect - z(power) sqrt(V), still is above 0 by the one-sided test.
    /// </summary>
    /// <param name="effect">The difference that must be found, in the unit of the mean, above 0.</param>
    /// <param name="deviation">Standard deviation of one value, 0 or more.</param>
    /// <param name="share">Share of the values that the new arm gets, above 0 and below 1.</param>
    /// <param name="power">Chance to find it, 0.5 or more and below 1.</param>
    public static double Values(MixtureSprt test, double effect, double deviation, double share, double power = 0.8)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(effect);
        double z = NormalQuantile(power);
        double low = 0, high = effect * effect;
        for (int i = 0; i < 200; i++)
        {
            double v = (low + high) / 2;
            bool found = test.IsAbove(new MeanDifference(effect - (z * Math.Sqrt(v)), v), 0);
            (low, high) = found ? (v, high) : (low, v);
        }

        return deviation * deviation * ((1 / share) + (1 / (1 - share))) / low;
    }

    /// <summary>The standard normal quantile for 0.5 &lt;= p &lt; 1, by halving on the tail.</summary>
    public static double NormalQuantile(double p)
    {
        if (!(p is >= 0.5 and < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "expected 0.5 to below 1");
        double low = 0, high = 40;
        for (int i = 0; i < 100; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = SpecialFunctions.NormalTail(middle) > 1 - p ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
