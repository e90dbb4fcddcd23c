using MlOps.Api.Rollout;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;

namespace MlOps.Cli.Quickstart;

/// <summary>What happened, with the numbers.</summary>
internal sealed record QuickstartReport(
    string Dataset, PipelineRun FirstRun, Alert Alert, PipelineRun Retrain, RolloutView Rollout, ModelLineageView Champion, TrafficReport Traffic);

/// <summary>Requests as the clients saw them; latencies in milliseconds.</summary>
internal sealed record TrafficReport(int Answered, int Failed, double P50, double P95, IReadOnlyDictionary<string, int> ByVersion, int GroundTruth);
