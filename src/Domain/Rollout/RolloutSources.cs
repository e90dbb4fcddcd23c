using MlOps.Domain.Serving;

namespace MlOps.Domain.Rollout;

/// <summary>What serving knows of two versions: where evidence comes from.</summary>
public sealed record RolloutSources(TrafficStats Stats, PredictionLog Predictions, FeedbackStore Feedback, ServedVersions Versions);
