namespace MlOps.Learning.Importing.Trees;

/// <summary>
/// Splits of libraries that round every value to 32 bits before they compare, as bounds on 64-bit values that decide alike for each of them. Where
/// the rounding ends is exact: halfway between two neighbours of 32 bits is a number of 64 bits.
/// </summary>
internal static class SingleThreshold
{
    /// <summary>Halfway between the largest 32-bit number and the next one that there would be; from here values round to infinity.</summary>
    private const double Overflow = 3.4028235677973366e38;

    /// <summary>The largest x with (float)x &lt;= <paramref name="threshold"/>.</summary>
    public static double AtMost(float threshold)
    {
        if (float.IsPositiveInfinity(threshold))
            return double.MaxValue;
        float above = MathF.BitIncrement(threshold);
        double halfway = float.IsPositiveInfinity(above) ? Overflow
            : float.IsNegativeInfinity(threshold) ? -Overflow
            : ((double)threshold + above) / 2;
        return (float)halfway <= threshold ? halfway : Math.BitDecrement(halfway);
    }

    /// <summary>The largest x with (float)x &lt; <paramref name="threshold"/>; minus infinity where no number is.</summary>
    public static double Below(float threshold) => float.IsNegativeInfinity(threshold) ? double.NegativeInfinity : AtMost(MathF.BitDecrement(threshold));
}
