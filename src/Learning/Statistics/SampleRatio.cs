namespace MlOps.Learning.Statistics;

/// <summary>
/// Sample ratio mismatch: do the arms of a test have the shares they were given? When not, units were lost or doubled on the way and
/// no comparison of the arms can be trusted (Fabijan et al. 2019).
/// </summary>
public static class SampleRatio
{
    /// <summary>Below this p-value an analysis must stop.</summary>
    public const double Alarm = 0.001;

    /// <summary>
    /// An always valid p-value of the shares: the inverse of the Bayes factor of the Dirichlet-multinomial with prior weight
    /// 1 an arm on average against the multinomial with the wanted shares (Lindon and Malek 2022). However often it is looked at, it
    /// falls below p with probability p at most; the usual chi-square test would not keep that. 1 without units.
    /// </summary>
    /// <param name="units">Distinct units an arm has; requests only where each is a unit of its own.</param>
    /// <param name="shares">Wanted shares, each above 0; scaled to a sum of 1.</param>
    /// <param name="thinned">
    /// How often the units were thinned to the half by a rule of their own; 0 for all units. The samples of one thinning lie within each other in
    /// time, those of the next are others: p is multiplied by 1.25, or by 5 k (k + 1) from the first on, whose inverses sum to 1, and so holds over all of them (Bonferroni). Null: what p is for one that was fixed beforehand.
    /// </param>
    public static double PValue(ReadOnlySpan<long> units, ReadOnlySpan<double> shares, int? thinned = null)
    {
        if (units.Length != shares.Length || units.Length < 2)
            throw new ArgumentException($"{units.Length} arms and {shares.Length} shares, expected as many, at least 2");
        double total = 0, scale = 0;
        for (int i = 0; i < units.Length; i++)
            (total, scale) = (total + units[i], scale + Above0(shares[i]));
        double logFactor = SpecialFunctions.LogGamma(units.Length) - SpecialFunctions.LogGamma(units.Length + total);
        for (int i = 0; i < units.Length; i++)
        {
            double share = shares[i] / scale, weight = share * units.Length;
            logFactor += SpecialFunctions.LogGamma(weight + units[i]) - SpecialFunctions.LogGamma(weight) - (units[i] * Math.Log(share));
        }

        return Math.Min(1, Looks(thinned) * Math.Exp(-logFactor));
    }

    /// <summary>What a p-value of one thinning is multiplied by, so that it holds over all of them.</summary>
    internal static double Looks(int? thinned) => thinned switch { null => 1, 0 => 1.25, { } k => 5.0 * k * (k + 1) };

    private static double Above0(double share) => share > 0 ? share : throw new ArgumentOutOfRangeException(nameof(share), share, "a share must be above 0");
}
