namespace MlOps.Learning.Statistics;

/// <summary>
/// A population stability index as what it is when it is computed from samples: an estimate with an error. Looked at again and again it may
/// be judged by a <see cref="MixtureSprt"/> on <see cref="Distance"/>.
/// </summary>
/// <param name="Index">The index over <paramref name="Bins"/>; NaN when a side is empty.</param>
/// <param name="Bins">Bins that were left after sparse neighbours were put together.</param>
/// <param name="Chance">What the samples' noise adds to the index on average; where nothing differs (bins - 1)(1/n + 1/m), more where much does.</param>
/// <param name="Variance">Of the index as far as the shares themselves vary: 0 where none differs.</param>
/// <param name="Unit">1/n + 1/m; n and m over their design effects where rows are not independent.</param>
public readonly record struct StabilityEstimate(double Index, int Bins, double Chance, double Variance, double Unit)
{
    /// <summary>
    /// Rows of the smaller sample that a bin must have, or be expected to have, to be one of its own. With fewer (Cochran's rule says 5) the
    /// index has tails that no normal law has, and a strict alpha is not kept.
    /// </summary>
    public const int FewestInBin = 20;

    /// <summary>
    /// The square root of the index less chance, and its variance. The index itself is no estimate a test could use: its spread grows
    /// from (1/n + 1/m) sqrt(2(bins - 1)) at no shift to an order more at a shift worth finding. Its root has one of about 1/n + 1/m
    /// everywhere (it is to first order the distance of two points on a sphere), and is there to first order a mean of the rows, as the
    /// sequential test needs it: Variance / (4 Index) by the delta method, and no less than the half of 1/n + 1/m that it has at no shift.
    /// </summary>
    public MeanDifference Distance => double.IsNaN(Index)
        ? new(double.NaN, double.NaN)
        : new(Math.Sqrt(Math.Max(0, Index - Chance)), Math.Max(Index > 0 ? Variance / (4 * Index) : 0, Unit / 2));

    /// <summary>
    /// Of counts per bin or level, sparse neighbours put together. The multinomial variance of the shares is carried through the first
    /// derivatives of sum (p - q) ln(p / q) for the variance, and through the second ones, (1 + q/p)/p and (1 + p/q)/q, for chance; below
    /// <see cref="PopulationStability.ShareFloor"/> they are 0.
    /// </summary>
    /// <param name="referenceEffect">The mean design effect of the counts (<see cref="ClusterCounts"/>), 1 or more: so many rows tell as much as one that is independent of the others.</param>
    /// <param name="currentEffect">The same of the other sample.</param>
    public static StabilityEstimate Of(ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double referenceEffect = 1, double currentEffect = 1)
    {
        List<(long Reference, long Current)> bins = Dense(reference, current, referenceEffect, currentEffect);
        double n = bins.Sum(b => b.Reference), m = bins.Sum(b => b.Current), index = 0, chance = 0;
        if (n == 0 || m == 0)
            return new(double.NaN, bins.Count, double.NaN, double.NaN, double.NaN);
        Spread ofReference = default, ofCurrent = default;
        foreach ((long r, long c) in bins)
        {
            double p = Math.Max(r / n, PopulationStability.ShareFloor), q = Math.Max(c / m, PopulationStability.ShareFloor);
            double log = Math.Log(p / q);
            index += (p - q) * log;
            chance += (Noise(r / n, q / p) * referenceEffect / n) + (Noise(c / m, p / q) * currentEffect / m);
            ofReference = ofReference.With(r / n, log + 1 - (q / p));
            ofCurrent = ofCurrent.With(c / m, 1 - (p / q) - log);
        }

        double unit = (referenceEffect / n) + (currentEffect / m);
        return new(index, bins.Count, chance, (ofReference.Variance * referenceEffect / n) + (ofCurrent.Variance * currentEffect / m), unit);
    }

    /// <summary>Half the share's variance, a row, times the second derivative.</summary>
    private static double Noise(double share, double other) => share < PopulationStability.ShareFloor ? 0 : (1 - share) * (1 + other) / 2;

    private static List<(long Reference, long Current)> Dense(ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double referenceEffect, double currentEffect)
    {
        double n = 0, m = 0;
        for (int k = 0; k < reference.Length; k++)
            (n, m) = (n + (reference[k] / referenceEffect), m + (current[k] / currentEffect));
        var bins = new List<(long Reference, long Current)>();
        (long Reference, long Current) open = default;
        for (int k = 0; k < reference.Length; k++)
        {
            open = (open.Reference + reference[k], open.Current + current[k]);
            (double inReference, double inCurrent) = (open.Reference / referenceEffect, open.Current / currentEffect);
            double expected = (inReference + inCurrent) * (Math.Min(n, m) / (n + m));
            if (Math.Max(expected, n < m ? inReference : inCurrent) < FewestInBin)
                continue;
            bins.Add(open);
            open = default;
        }

        if (bins.Count == 0)
            bins.Add(open);
        else
            bins[^1] = (bins[^1].Reference + open.Reference, bins[^1].Current + open.Current);
        return bins;
    }

    /// <summary>Mean and mean square of derivatives over the bins of one sample.</summary>
    private readonly record struct Spread(double Mean, double Square)
    {
        public double Variance => Math.Max(0, Square - (Mean * Mean));

        public Spread With(double share, double derivative) => share < PopulationStability.ShareFloor
            ? this
            : new(Mean + (share * derivative), Square + (share * derivative * derivative));
    }
}
