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
}
