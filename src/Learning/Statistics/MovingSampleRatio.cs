namespace MlOps.Learning.Statistics;

/// <summary>
/// Sample ratio mismatch where the wanted shares move, as a bandit's do: each unit is counted in the period in which it was first met, so that it went to
/// an arm with that period's share whatever came before, and what is observed is held to the sum of what is expected over all periods. Counted anew in each
/// period, it would show no earlier than within one; counted in each period again, units that come again would be taken for so many new ones.
/// </summary>
public static class MovingSampleRatio
{
    /// <summary>How many times as often, in logarithms, an arm is met as it should be: 2 % to 95-fold, each 1.3 times the one before, more and less.</summary>
    private static readonly double[] Tilts = [.. Enumerable.Range(0, 22).Select(i => 0.02 * Math.Pow(1.3, i)).SelectMany(t => new[] { -t, t })];

    /// <summary>
    /// An always valid p-value: the inverse of a mixture of likelihood ratios, each of which says that units of one arm are met r times as often as they
    /// should be, in all periods alike, P(arm) = share r / (1 - share + share r) (a mixture martingale as that of Robbins 1970; the tilt of one arm is what the loss of its
    /// units makes of the shares). However often it is looked at, and whatever the shares were moved by, it falls below p with probability p at most. 1 without units.
    /// </summary>
    /// <param name="units">By period, as many as arms: units first met then.</param>
    /// <param name="shares">By period, the wanted ones, which sum to 1; 0 for an arm that had none, whose units of that period are not counted.</param>
    /// <param name="thinned">As in <see cref="SampleRatio.PValue"/>.</param>
    public static double PValue(IReadOnlyList<long[]> units, IReadOnlyList<double[]> shares, int? thinned = null)
    {
        if (units.Count != shares.Count || units.Count == 0)
            throw new ArgumentException($"units of {units.Count} periods and shares of {shares.Count}, expected as many, at least 1");
        int arms = shares[0].Length;
        var logs = new List<double>(arms * Tilts.Length);
        for (int arm = 0; arm < arms; arm++)
        {
            foreach (double tilt in Tilts)
                logs.Add(LogRatio(units, shares, arm, tilt));
        }

        double most = logs.Max();
        double logFactor = most + Math.Log(logs.Sum(l => Math.Exp(l - most)) / logs.Count);
        return Math.Min(1, SampleRatio.Looks(thinned) * Math.Exp(-logFactor));
    }

    /// <summary>How many units of each arm are expected, over all periods together.</summary>
    public static double[] Expected(IReadOnlyList<long[]> units, IReadOnlyList<double[]> shares)
    {
        var expected = new double[shares[0].Length];
        for (int period = 0; period < units.Count; period++)
        {
            long met = Met(units[period], shares[period]);
            for (int arm = 0; arm < expected.Length; arm++)
                expected[arm] += met * shares[period][arm];
        }

        return expected;
    }

    private static double LogRatio(IReadOnlyList<long[]> units, IReadOnlyList<double[]> shares, int arm, double tilt)
    {
        double log = 0;
        for (int period = 0; period < units.Count; period++)
        {
            double share = shares[period][arm];
            if (share > 0)
                log += (units[period][arm] * tilt) - (Met(units[period], shares[period]) * Math.Log(1 + (share * (Math.Exp(tilt) - 1))));
        }

        return log;
    }

    private static long Met(long[] units, double[] shares)
    {
        long met = 0;
        for (int arm = 0; arm < units.Length; arm++)
            met += shares[arm] > 0 ? units[arm] : 0;
        return met;
    }
}
