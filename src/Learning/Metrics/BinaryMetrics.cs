using MlOps.Learning.Tables;

namespace MlOps.Learning.Metrics;

/// <summary>Metrics of a probability for one of two classes. All throw <see cref="ArgumentException"/> on no rows, spans of different length and a score that is NaN.</summary>
public static class BinaryMetrics
{
    /// <summary>
    /// Probabilities are clipped to [2^-52, 1 - 2^-52] before the logarithm, so that one certain mistake costs 36.04 and not infinity: the machine
    /// epsilon, which scikit-learn 1.2 takes.
    /// </summary>
    public const double ProbabilityFloor = 2.220446049250313e-16;

    /// <summary>
    /// Area under the ROC curve: the chance that a positive row scores above a negative one, ties counting one half. NaN when only one
    /// class occurs. O(n log n).
    /// </summary>
    public static double Auc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        Check(scores, positive.Length);
        var ranking = new Ranking(scores);
        return ranking.Auc(Gather.From(positive.ToArray(), ranking.Order), RowWeights.Ones(scores.Length).Values);
    }

    internal static double Surprise(double probability) => -Math.Log(Math.Clamp(probability, ProbabilityFloor, 1 - ProbabilityFloor));

    internal static void Check(ReadOnlySpan<double> scores, int truths)
    {
        if (scores.Length != truths)
            throw new ArgumentException($"{scores.Length} scores but {truths} truths");
        if (scores.IsEmpty)
            throw new ArgumentException("a metric needs at least one row");
    }
}
