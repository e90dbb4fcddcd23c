namespace MlOps.Learning.Statistics;

/// <summary>Comparison of two proportions.</summary>
public static class Proportions
{
    /// <summary>
    /// Two-sided p-value of the pooled z test that both shares are equal. 1 when both are 0 or both are 1; NaN when a side has no rows.
    /// </summary>
    public static double PValue(long hitsA, long rowsA, long hitsB, long rowsB)
    {
        if (rowsA == 0 || rowsB == 0)
            return double.NaN;
        double pooled = (double)(hitsA + hitsB) / (rowsA + rowsB);
        if (pooled is 0 or 1)
            return 1;
        double difference = ((double)hitsA / rowsA) - ((double)hitsB / rowsB);
        double z = difference / Math.Sqrt(pooled * (1 - pooled) * ((1.0 / rowsA) + (1.0 / rowsB)));
        return 2 * SpecialFunctions.NormalTail(Math.Abs(z));
    }

    /// <summary>
    /// The upper end of Wilson's interval of a share (Wilson 1927): what it may be at most as far as so few rows tell. 1 without rows.
    /// </summary>
    /// <param name="deviations">Standard deviations, above 0; 1.96 for 97.5 %, which shares near 1 or 0 do not keep exactly.</param>
    public static double WilsonUpper(long hits, long rows, double deviations) => rows == 0 ? 1 : WilsonUpper((double)hits / rows, rows, deviations);

    /// <summary>The chance of so many hits or more among independent rows (the upper tail of the binomial).</summary>
    /// <param name="rate">Chance of each, 0 to 1.</param>
    public static double AtLeast(int hits, int rows, double rate)
    {
        double sum = 0, ways = 1;
        for (int i = 0; i <= rows; ways = ways * (rows - i) / (i + 1), i++)
            sum += i < hits ? 0 : ways * Math.Pow(rate, i) * Math.Pow(1 - rate, rows - i);
        return Math.Min(1, sum);
    }

    /// <inheritdoc cref="WilsonUpper(long, long, double)"/>
    /// <param name="share">0 to 1.</param>
    public static double WilsonUpper(double share, double rows, double deviations)
    {
        double z2 = deviations * deviations / rows;
        return Math.Min(1, (share + (z2 / 2) + Math.Sqrt(z2 * ((share * (1 - share)) + (z2 / 4)))) / (1 + z2));
    }
}
