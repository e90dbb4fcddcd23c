namespace MlOps.Learning.Metrics;

/// <summary>
/// Rows whose probability fell into (Lower, Upper], the first bin with its lower edge: how many, the mean probability, and the share in
/// which the event happened (null without rows; both by the rows' weights).
/// </summary>
public sealed record CalibrationBin(double Lower, double Upper, long Rows, double? MeanScore, double? ObservedShare);

/// <summary>Where the bins of a reliability table are cut.</summary>
public enum CalibrationCut
{
    /// <summary>Into equal widths of [0, 1].</summary>
    Uniform,

    /// <summary>At quantiles of the scores (type 7), so that bins have about equal counts; edges of many equal scores leave bins empty.</summary>
    Quantile,
}

/// <summary>
/// Reliability of probabilities in bins. Binary: the positive class's probability against its occurrence; multiclass: the
/// probability of the most probable class against it being right (Guo et al. 2017, On Calibration of Modern Neural Networks). Bins are closed
/// above as theirs and scikit-learn's (<c>calibration_curve</c>).
/// </summary>
public static class Calibration
{
    public const int DefaultBins = 10;

    /// <param name="weights">One a row; null: all 1.</param>
    public static IReadOnlyList<CalibrationBin> Bins(
        ReadOnlySpan<double> scores, ReadOnlySpan<bool> happened, int bins = DefaultBins, CalibrationCut cut = CalibrationCut.Uniform, double[]? weights = null)
    {
        BinaryMetrics.Check(scores, happened.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        CalibrationBins placed = cut == CalibrationCut.Uniform ? CalibrationBins.Uniform(scores, happened, bins) : CalibrationBins.Quantile(scores, happened, bins);
        return placed.Table(weights ?? RowWeights.Ones(scores.Length).Values);
    }
}
