using MlOps.Domain.Monitoring;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Puts the document's monitoring policy in force; the same policy again moves nothing.</summary>
internal sealed class SetMonitorActivity(PipelineDocuments documents, Monitors monitors) : Activity<MonitorInput, MonitorSet>
{
    public override string Name => PipelineActivities.SetMonitor;

    public override async Task<MonitorSet> RunAsync(ActivityContext context, MonitorInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        MonitorPolicy policy = spec.Monitoring!.ToPolicy(spec);
        await monitors.SetPolicyAsync(policy, cancellationToken);
        return new(policy.Drift is not null, policy.Performance is not null);
    }
}
