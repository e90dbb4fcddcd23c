namespace MlOps.Learning.Statistics;

/// <summary>
/// Are there more rows of unseen levels than chance brings? Pooling puts rare levels, known and unknown, into one cell, so a chi-square
/// test is blind when all of them are replaced. The share of rows whose level a sample has not seen is estimated by the share of its own
/// singletons (Good 1953), so columns of identifiers, where every level is new each time, are no alarm.
/// </summary>
internal static class UnseenLevels
{
    private const double MinimumExpected = 5;

    /// <summary>
    /// One-sided p-value that rare unseen levels hold more of the current rows than singletons hold of the reference; null when they are
    /// too few to matter (each frequent unseen level has a cell of its own in the chi-square test).
    /// </summary>
    public static double? PValue(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        long n = 0, m = 0;
        for (int k = 0; k < reference.Length; k++)
            (n, m) = (n + reference[k], m + current[k]);
        double share = (double)Math.Min(n, m) / (n + m);
        long singletons = 0, unseen = 0;
        for (int k = 0; k < reference.Length; k++)
        {
            if (reference[k] == 1)
                singletons++;
            else if (reference[k] == 0 && current[k] * share < MinimumExpected)
                unseen += current[k];
        }

        if (unseen * share < MinimumExpected)
            return null;
        return (double)unseen / m > (double)singletons / n ? Proportions.PValue(singletons, n, unseen, m) / 2 : 1;
    }
}
