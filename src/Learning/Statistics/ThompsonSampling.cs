namespace MlOps.Learning.Statistics;

/// <summary>Thompson's rule (1933) for arms with a reward of 0 or 1: an arm is chosen as often as it is likely to be the best one.</summary>
public static class ThompsonSampling
{
    private const int Draws = 4_000;

    /// <summary>
    /// The probability of each arm to have the highest rate, under independent uniform priors: how often its Beta(1 + hits, 1 + misses)
    /// gives the highest of so many draws. Exact to about 0.008; sums to 1.
    /// </summary>
    /// <param name="arms">Rewards of 1 and rewards in all, 0 or more.</param>
    public static double[] Best(IReadOnlyList<(long Hits, long All)> arms, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfZero(arms.Count);
        var best = new int[arms.Count];
        for (int draw = 0; draw < Draws; draw++)
        {
            int highest = 0;
            double value = -1;
            for (int i = 0; i < arms.Count; i++)
            {
                double drawn = Beta(1 + arms[i].Hits, 1 + arms[i].All - arms[i].Hits, random);
                if (drawn > value)
                    (highest, value) = (i, drawn);
            }

            best[highest]++;
        }

        return [.. best.Select(b => (double)b / Draws)];
    }

    /// <summary>The arms' shares: each has the floor, the rest goes by the probability to be best. Sums to 1.</summary>
    /// <param name="floor">0 to 1 / arms.</param>
    public static double[] Shares(IReadOnlyList<double> best, double floor)
    {
        if (!(floor >= 0 && floor * best.Count <= 1))
            throw new ArgumentOutOfRangeException(nameof(floor), floor, $"expected 0 to {1.0 / best.Count}");
        return [.. best.Select(b => floor + ((1 - (floor * best.Count)) * b))];
    }

    /// <summary>Beta by two gammas.</summary>
    private static double Beta(double a, double b, SeededRandom random)
    {
        double x = Gamma(a, random), y = Gamma(b, random);
        return x / (x + y);
    }

    /// <summary>Gamma with scale 1 and shape of at least 1 (Marsaglia and Tsang 2000).</summary>
    private static double Gamma(double shape, SeededRandom random)
    {
        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = random.NextGaussian();
            double v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
                return d * v;
        }
    }
}
