namespace MlOps.Domain.Rollout;

/// <summary>What two versions are compared by.</summary>
public enum RolloutMetric
{
    /// <summary>Share of requests that the version failed to answer, 0 to 1.</summary>
    ErrorRate,

    /// <summary>Share of requests whose input was refused, 0 to 1.</summary>
    RejectedRate,

    /// <summary>95th percentile of the time to score; compared as a ratio.</summary>
    LatencyP95,

    /// <summary>Population stability index of the predictions against the champion's, less what chance alone gives.</summary>
    PredictionShift,

    /// <summary>Share of rows whose class was right, by ground truth.</summary>
    Accuracy,

    /// <summary>Mean squared error of the probabilities, by ground truth.</summary>
    BrierScore,

    /// <summary>Mean absolute error of a regression, by ground truth.</summary>
    AbsoluteError,

    /// <summary>Mean squared error of a regression, by ground truth.</summary>
    SquaredError,

    /// <summary>Share of requests' rows for which a shadow named another class than the champion, 0 to 1; needs classes.</summary>
    Disagreement,

    /// <summary>Mean of the rewards that feedback gives to answers (<see cref="MlOps.Domain.Serving.Log.Feedback.Reward"/>), 0 to 1; higher is better.</summary>
    Reward,
}

public enum GuardrailLevel
{
    /// <summary>A breach rolls back at once.</summary>
    Hard,

    /// <summary>A breach holds the rollout where it is, until it has passed or the deadline comes.</summary>
    Soft,
}

/// <summary>How much worse than the champion, over the same window, a version may be.</summary>
/// <param name="Max">
/// In the metric's unit, 0 or more: a difference of rates or scores, above 0 for the errors of a regression; for
/// <see cref="RolloutMetric.LatencyP95"/> the highest ratio, at least 1; for <see cref="RolloutMetric.PredictionShift"/> the highest index, at least <see cref="LeastShift"/>.
/// </param>
/// <param name="MinSamples">Requests, or rows with their truth, that the new version needs; null for the policy's <c>minRequests</c>.</param>
public sealed record Guardrail(RolloutMetric Metric, double Max, GuardrailLevel Level = GuardrailLevel.Hard, long? MinSamples = null)
{
    /// <summary>The smallest limit of <see cref="RolloutMetric.PredictionShift"/>: an index below it is what chance gives hundreds of rows.</summary>
    public const double LeastShift = 0.01;
}

/// <summary>What an A/B test must show before the new version is promoted.</summary>
/// <param name="MinEffect">The improvement worth finding, <see cref="LeastEffect"/> or more: the test is tuned to it and planned by it.</param>
/// <param name="Margin">0: the version must be better. Above 0: it must only not be worse by so much.</param>
public sealed record RolloutGoal(RolloutMetric Metric, double MinEffect, double Margin = 0)
{
    /// <summary>Smaller ones are lost in the rounding of the means.</summary>
    public const double LeastEffect = 1e-9;
}
