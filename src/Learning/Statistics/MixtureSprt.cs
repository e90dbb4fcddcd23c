namespace MlOps.Learning.Statistics;

/// <summary>
/// The mixture sequential probability ratio test for a difference of means, valid however often it is looked at (Robbins 1970;
/// Johari, Koomen, Pekelis and Walsh 2017): with d the estimated difference and V its variance,
/// L = sqrt(V / (V + t^2)) exp(t^2 d^2 / (2 V (V + t^2))) is under "no difference" at no time above 1/alpha with more than probability alpha.
/// V is estimated, so this holds once a sample has some dozens of values.
/// </summary>
/// <param name="Alpha">Chance of a false positive over all looks together, above 0 and below 1.</param>
/// <param name="Tau">Standard deviation of the differences mixed over, in the unit of the mean, above 0. Fixed before the first look; about the size of difference that matters.</param>
public sealed record MixtureSprt(double Alpha, double Tau)
{
    private const int MostSteps = 50;

    private double Threshold => -Math.Log(Alpha);

    /// <summary>Logarithm of L against "no difference". 0, no evidence, when d is NaN or V is not above 0.</summary>
    public double LogRatio(MeanDifference difference) => IsMeasured(difference) ? LogRatio(difference.Value, difference.Variance) : 0;

    /// <summary>
    /// The confidence sequence: at all looks together the true difference lies inside with probability 1 - alpha or more. It is what L
    /// does not reject; unbounded while there is no evidence.
    /// </summary>
    public (double Low, double High) Interval(MeanDifference difference)
    {
        if (!IsMeasured(difference))
            return (double.NegativeInfinity, double.PositiveInfinity);
        Scale scale = ScaleOf(difference.Variance);
        double half = Math.Sqrt(difference.Variance) / scale.Shrinkage * Math.Sqrt(2 * (Threshold + scale.LogSpread));
        return (difference.Value - half, difference.Value + half);
    }

    /// <summary>
    /// Logarithm of the one-sided ratio of "above the margin" to "at the margin or below it": mixed over differences above the margin only
    /// (a half-normal), L becomes 2 L Phi(t x / sqrt(V (V + t^2))) with x = d - margin.
    /// Any such difference is the less likely the further below the margin the truth is, so that it holds for the whole side.
    /// </summary>
    public double LogRatioAbove(MeanDifference difference, double margin)
    {
        if (!IsMeasured(difference))
            return 0;
        Scale scale = ScaleOf(difference.Variance);
        double z = Standard(difference.Value - margin, difference.Variance, scale);
        return Math.Log(2) - scale.LogSpread + LogHalfNormal(z);
    }

    /// <summary>Whether the difference is above the margin.</summary>
    public bool IsAbove(MeanDifference difference, double margin) => difference.Value > margin && LogRatioAbove(difference, margin) >= Threshold;

    /// <summary>Whether the difference is below the margin.</summary>
    public bool IsBelow(MeanDifference difference, double margin) => IsAbove(difference with { Value = -difference.Value }, -margin);

    /// <summary>The highest margin that the difference is above of: the one-sided confidence sequence; negative infinity without evidence.</summary>
    public double LowerBound(MeanDifference difference)
    {
        if (!IsMeasured(difference))
            return double.NegativeInfinity;
        Scale scale = ScaleOf(difference.Variance);
        // Newton's method for the z at which the ratio reaches the threshold: it is convex in z and the beginning lies above, so that each step stays above.
        double z = Math.Sqrt(2 * (Threshold + scale.LogSpread));
        for (int i = 0; i < MostSteps; i++)
        {
            double step = (Math.Log(2) - scale.LogSpread + LogHalfNormal(z) - Threshold) / (z + ((Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI)) / SpecialFunctions.NormalTail(-z)));
            z -= step;
            if (!(step > z * 1e-14))
                break;
        }

        return difference.Value - (z * Math.Sqrt(difference.Variance) / scale.Shrinkage);
    }

    /// <summary>The lowest margin that the difference is below of; positive infinity without evidence.</summary>
    public double UpperBound(MeanDifference difference) => -LowerBound(difference with { Value = -difference.Value });

    private double LogRatio(double d, double v)
    {
        Scale scale = ScaleOf(v);
        double z = Standard(d, v, scale);
        return (z * z / 2) - scale.LogSpread;
    }

    /// <summary>The difference in standard errors, shrunk: squares of what is squared nowhere else stay in range.</summary>
    private static double Standard(double d, double v, Scale scale) => scale.Shrinkage == 0 ? 0 : d / Math.Sqrt(v) * scale.Shrinkage;

    private Scale ScaleOf(double v)
    {
        double s = Tau / Math.Sqrt(v);
        return s < 1e100 ? new(s / Math.Sqrt(1 + (s * s)), 0.5 * Math.Log(1 + (s * s))) : new(1, Math.Log(Tau) - (0.5 * Math.Log(v)));
    }

    private static bool IsMeasured(MeanDifference difference) => double.IsFinite(difference.Value) && difference.Variance > 0 && double.IsFinite(difference.Variance);

    // z^2 / 2 and the logarithm of the normal distribution at z. Below -8 by the leading terms of the tail's asymptotic series (DLMF 7.12.1),
    // where the tail itself would lose its digits and then underflow; the squares cancel.
    private static double LogHalfNormal(double z) => z < -8
        ? Math.Log(1 - (1 / z / z)) - Math.Log(-z) - (0.5 * Math.Log(2 * Math.PI))
        : (z * z / 2) + Math.Log(SpecialFunctions.NormalTail(-z));

    /// <summary>With s = tau / sqrt(V): s / sqrt(1 + s^2), and half the logarithm of 1 + s^2.</summary>
    private readonly record struct Scale(double Shrinkage, double LogSpread);
}
