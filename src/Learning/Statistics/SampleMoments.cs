namespace MlOps.Learning.Statistics;

/// <summary>Count, mean and sum of squared deviations of a sample, gathered value by value or merged (Chan, Golub and LeVeque 1983).</summary>
/// <param name="Count">Values, 0 or more.</param>
/// <param name="Mean">0 while there are none.</param>
/// <param name="SquaredDeviations">Sum of (x - mean) squared.</param>
public readonly record struct SampleMoments(long Count, double Mean, double SquaredDeviations)
{
    /// <summary>NaN below two values; 0 for a sample without spread, which no test takes for evidence.</summary>
    public double VarianceOfMean => Count < 2 ? double.NaN : SquaredDeviations / (Count - 1) / Count;

    /// <summary>Standard deviations within which another mean may be this one's.</summary>
    private const double Bound = 3;

    public SampleMoments Add(double value)
    {
        long count = Count + 1;
        double mean = Mean + ((value - Mean) / count);
        return new(count, mean, SquaredDeviations + ((value - Mean) * (value - mean)));
    }

    /// <summary>
    /// <see cref="VarianceOfMean"/> as if there were one more value: a sample without any spread (the same error in each row) is then not
    /// taken for certain, nor for no evidence, but for as certain as its size allows; in others one value more hardly counts.
    /// </summary>
    public double VarianceOfMeanWith(double oneMore) => Add(oneMore).VarianceOfMean;

    /// <summary>
    /// The variance of a mean of values of 0 to 1, as a test whether it is another one needs it: with half a value of 0 and half of 1 added (Jeffreys'
    /// prior), so that a share of none or all is not certain; and no less than it would be were the mean the other one, as far as that may be (Wilson's
    /// score, within three deviations). Of rare hits an arm that has met none yet would be certain otherwise, and an arm with fewer values than the other looks
    /// better, or worse, in several times as many tests of equal ones as it may.
    /// </summary>
    /// <param name="other">The mean that is compared with; NaN for none.</param>
    public double VarianceOfShare(double other)
    {
        if (Count < 2)
            return double.NaN;
        double all = Count + 1.0, mean = ((Count * Mean) + 0.5) / all;
        double own = ((SquaredDeviations + (Count * Mean * Mean) + 0.5) / all) - (mean * mean);
        if (double.IsNaN(other))
            return own / Count;
        double likely = Math.Clamp(other, 1 - Proportions.WilsonUpper(1 - Mean, Count, Bound), Proportions.WilsonUpper(Mean, Count, Bound));
        return Math.Max(own, own / (mean * (1 - mean)) * likely * (1 - likely)) / Count;
    }

    /// <summary>Of values that are 1 or 0.</summary>
    public static SampleMoments OfHits(long hits, long all)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, all);
        return new(all, all == 0 ? 0 : (double)hits / all, all == 0 ? 0 : (double)hits / all * (all - hits));
    }

    public SampleMoments Merge(SampleMoments other)
    {
        if (Count == 0 || other.Count == 0)
            return Count == 0 ? other : this;
        long count = Count + other.Count;
        double apart = other.Mean - Mean;
        return new(count, Mean + (apart * other.Count / count), SquaredDeviations + other.SquaredDeviations + (apart * apart * Count / count * other.Count));
    }

    /// <summary>
    /// A share of hits. Its spread is that of (hits + 1/2) / (all + 1), so that a share of none or all is not taken for certain
    /// (Agresti and Coull 1998 in the form of Jeffreys' prior).
    /// </summary>
    public static SampleMoments OfRate(long hits, long all)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, all);
        double smoothed = (hits + 0.5) / (all + 1);
        return new(all, all == 0 ? 0 : (double)hits / all, smoothed * (1 - smoothed) * Math.Max(0, all - 1));
    }
}

/// <summary>The difference of two means.</summary>
/// <param name="Value">New minus old; NaN when a side has no value.</param>
/// <param name="Variance">Of the difference; NaN when a side has fewer than two values.</param>
public readonly record struct MeanDifference(double Value, double Variance)
{
    public static MeanDifference Of(SampleMoments current, SampleMoments reference) => new(
        current.Count == 0 || reference.Count == 0 ? double.NaN : current.Mean - reference.Mean,
        current.VarianceOfMean + reference.VarianceOfMean);
}
