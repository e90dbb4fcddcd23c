using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Rollout;

/// <summary>What serving knows of two versions: where evidence comes from, and which of it is recorded.</summary>
public sealed record RolloutSources(
    TrafficStats Stats, PredictionLog Predictions, FeedbackStore Feedback, ServedVersions Versions, ExposureStats Exposures, LogPolicies Policies);
