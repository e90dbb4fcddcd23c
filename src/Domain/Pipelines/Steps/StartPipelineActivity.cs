using MlOps.Domain.Monitoring;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Starts the run that a report asks for; the report is the cause, so it starts once.</summary>
internal sealed class StartPipelineActivity(Pipelines pipelines) : Activity<RetrainRequest, string>
{
    public override string Name => PipelineActivities.Start;

    public override async Task<string> RunAsync(ActivityContext context, RetrainRequest input, CancellationToken cancellationToken)
    {
        TriggerReason reason = input.Cause == "drift" ? TriggerReason.Drift : TriggerReason.Performance;
        var trigger = new PipelineTrigger(reason, "monitoring", input.Dataset, input.ReportId);
        return (await pipelines.RunAsync(input.Subject, trigger, cancellationToken)).Id;
    }
}
