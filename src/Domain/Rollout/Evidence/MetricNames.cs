namespace MlOps.Domain.Rollout.Evidence;

/// <summary>How metrics are called and which way they point.</summary>
internal static class MetricNames
{
    public static string Of(RolloutMetric metric) => metric switch
    {
        RolloutMetric.ErrorRate => "error rate",
        RolloutMetric.RejectedRate => "share of rejected requests",
        RolloutMetric.LatencyP95 => "p95 latency",
        RolloutMetric.PredictionShift => "prediction shift (PSI)",
        RolloutMetric.Accuracy => "accuracy",
        RolloutMetric.BrierScore => "Brier score",
        RolloutMetric.AbsoluteError => "mean absolute error",
        RolloutMetric.Reward => "mean reward",
        RolloutMetric.Disagreement => "share of other classes than the champion's",
        _ => "mean squared error",
    };

    /// <summary>Whether it needs ground truth.</summary>
    public static bool IsOfTruth(RolloutMetric metric) =>
        metric is RolloutMetric.Accuracy or RolloutMetric.BrierScore or RolloutMetric.AbsoluteError or RolloutMetric.SquaredError or RolloutMetric.Reward;

    /// <summary>Whether it is read from the prediction log.</summary>
    public static bool IsOfLog(RolloutMetric metric) => metric is RolloutMetric.PredictionShift or RolloutMetric.Disagreement || IsOfTruth(metric);

    /// <summary>A metric without a natural scale; its tests take theirs from the limit.</summary>
    public static bool IsUnbounded(RolloutMetric metric) => metric is RolloutMetric.AbsoluteError or RolloutMetric.SquaredError;
}
