using MlOps.Domain.Monitoring;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Puts the document's monitoring policy in force, or ends the one that an earlier document of the pipeline did; the same policy again moves nothing.</summary>
internal sealed class SetMonitorActivity(PipelineDocuments documents, Monitors monitors) : Activity<MonitorInput, MonitorSet>
{
    public override string Name => PipelineActivities.SetMonitor;

    public override async Task<MonitorSet> RunAsync(ActivityContext context, MonitorInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        if (spec.Monitoring is not { } monitoring)
            return new(false, false, await monitors.RemovePolicyAsync(spec.Model, spec.Name, cancellationToken));
        MonitorPolicy policy = monitoring.ToPolicy(spec);
        await monitors.SetPolicyAsync(policy, cancellationToken);
        return new(policy.Drift is not null, policy.Performance is not null);
    }
}
