namespace MlOps.Learning.Statistics;

/// <summary>Thompson's rule (1933) for arms with rewards of 0 to 1: an arm is chosen as often as it is likely to be the best one.</summary>
public static class ThompsonSampling
{
    /// <summary>Points of each arm's own, over so many standard deviations to either side: the integral is exact to some 1e-4.</summary>
    private const int Points = 200;

    private const double Wide = 8;

    /// <summary>
    /// The probability of each arm to have the highest rate, under independent uniform priors: the integral of its Beta(1 + hits, 1 + misses) times
    /// the others' distributions, by trapezoids. Drawing from the posteriors would give the same and its noise. Sums to 1.
    /// </summary>
    /// <param name="arms">The sum of the rewards, and how many there are, 0 or more. A reward of 0.3 is so much of a hit.</param>
    public static double[] Best(IReadOnlyList<(double Hits, double All)> arms)
    {
        ArgumentOutOfRangeException.ThrowIfZero(arms.Count);
        double[] nodes = [.. arms.SelectMany(Nodes).Distinct().Order()];
        double[][] densities = [.. arms.Select(arm => Densities(arm, nodes))];
        double[][] below = [.. densities.Select(density => Integral(density, nodes))];
        double[] best = [.. densities.Select((density, i) => Integral([.. density.Select((f, n) => below.Where((_, j) => j != i).Aggregate(f, (product, other) => product * other[n]))], nodes)[^1])];
        double sum = best.Sum();
        return [.. best.Select(b => b / sum)];
    }

    /// <summary>The arms' shares: each has the floor, the rest goes by the probability to be best. Sums to 1.</summary>
    /// <param name="floor">0 to 1 / arms.</param>
    public static double[] Shares(IReadOnlyList<double> best, double floor)
    {
        if (!(floor >= 0 && floor * best.Count <= 1 + 1e-9))
            throw new ArgumentOutOfRangeException(nameof(floor), floor, $"expected 0 to {1.0 / best.Count}");
        return [.. best.Select(b => floor + (Math.Max(0, 1 - (floor * best.Count)) * b))];
    }

    /// <summary>Where the arm's density is.</summary>
    private static IEnumerable<double> Nodes((double Hits, double All) arm)
    {
        (double a, double b) = (1 + arm.Hits, 1 + arm.All - arm.Hits);
        double mean = a / (a + b), deviation = Math.Sqrt(a * b / (a + b + 1)) / (a + b);
        (double low, double high) = (Math.Max(0, mean - (Wide * deviation)), Math.Min(1, mean + (Wide * deviation)));
        return Enumerable.Range(0, Points + 1).Select(i => low + ((high - low) * i / Points));
    }

    /// <summary>Of the Beta distribution.</summary>
    private static double[] Densities((double Hits, double All) arm, double[] nodes)
    {
        double misses = arm.All - arm.Hits, highest = Log(arm.All > 0 ? arm.Hits / arm.All : 0.5);
        double[] densities = [.. nodes.Select(x => Math.Exp(Log(x) - highest))];
        double all = Integral(densities, nodes)[^1];
        return [.. densities.Select(d => d / all)];

        double Log(double x) => Part(arm.Hits, x) + Part(misses, 1 - x);
    }

    private static double Part(double count, double x) => count <= 0 ? 0 : count * Math.Log(x);

    /// <summary>Up to each node.</summary>
    private static double[] Integral(double[] values, double[] nodes)
    {
        var integral = new double[nodes.Length];
        for (int n = 1; n < nodes.Length; n++)
            integral[n] = integral[n - 1] + ((nodes[n] - nodes[n - 1]) * (values[n] + values[n - 1]) / 2);
        return integral;
    }
}
