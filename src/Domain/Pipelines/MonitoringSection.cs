using MlOps.Domain.Monitoring;

namespace MlOps.Domain.Pipelines;

/// <summary>What watches the model once it serves. Null parts are off.</summary>
public sealed record MonitoringSection(DriftPolicy? Drift, PerformancePolicy? Performance, Uri? Webhook, RetrainSection? Retrain)
{
    /// <summary>The policy of the pipeline's model.</summary>
    internal MonitorPolicy ToPolicy(PipelineSpec spec) => new()
    {
        Model = spec.Model,
        Owner = spec.Name,
        Drift = Drift,
        Performance = Performance,
        Webhook = Webhook,
        Retrain = Retrain is null ? null : new(
            PipelineRetrainWorkflow.WorkflowName, spec.Name, Retrain.OnDrift, Retrain.OnPerformance, Retrain.Cooldown, Retrain.WithFeedback ? spec.Dataset : null),
    };
}

public sealed record RetrainSection(bool OnDrift, bool OnPerformance, TimeSpan Cooldown, bool WithFeedback);
