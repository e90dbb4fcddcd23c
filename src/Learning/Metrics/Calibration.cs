namespace MlOps.Learning.Metrics;

/// <summary>Rows whose probability fell into [Lower, Upper): how many, the mean probability, and the share in which the event happened (null without rows).</summary>
public sealed record CalibrationBin(double Lower, double Upper, long Rows, double? MeanScore, double? ObservedShare);

/// <summary>
/// Reliability of probabilities in equal-width bins. Binary: the positive class's probability against its occurrence; multiclass: the
/// probability of the most probable class against it being right (Guo et al. 2017, On Calibration of Modern Neural Networks).
/// </summary>
public static class Calibration
{
    public const int DefaultBins = 10;

    /// <summary>The last bin is closed, so that probability 1 falls into it.</summary>
    public static IReadOnlyList<CalibrationBin> Bins(ReadOnlySpan<double> scores, ReadOnlySpan<bool> happened, int bins = DefaultBins)
    {
        BinaryMetrics.Check(scores, happened.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var rows = new long[bins];
        var sums = new double[bins];
        var hits = new long[bins];
        for (int i = 0; i < scores.Length; i++)
        {
            int bin = Math.Clamp((int)(scores[i] * bins), 0, bins - 1);
            rows[bin]++;
            sums[bin] += scores[i];
            hits[bin] += happened[i] ? 1 : 0;
        }

        return [.. Enumerable.Range(0, bins).Select(b => new CalibrationBin(
            (double)b / bins, (double)(b + 1) / bins, rows[b], rows[b] == 0 ? null : sums[b] / rows[b], rows[b] == 0 ? null : (double)hits[b] / rows[b]))];
    }

    /// <summary>Expected calibration error: the mean of |observed share - mean probability| over bins, weighted by rows (Naeini et al. 2015).</summary>
    public static double Error(IReadOnlyList<CalibrationBin> bins)
    {
        long total = bins.Sum(b => b.Rows);
        return bins.Where(b => b.Rows > 0).Sum(b => b.Rows * Math.Abs(b.ObservedShare!.Value - b.MeanScore!.Value)) / total;
    }
}
