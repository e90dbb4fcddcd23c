using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>Measures drift, and when there is some tells people and starts the retrain.</summary>
public sealed class DriftCheckWorkflow : Workflow<MonitorCheck, MonitorOutcome>
{
    public const string WorkflowName = "drift-check";

    public override string Name => WorkflowName;

    public override async Task<MonitorOutcome> RunAsync(IWorkflowContext context, MonitorCheck input)
    {
        MonitorReport report = await context.CallActivityAsync<MonitorReport>(
            MonitoringSteps.MeasureDrift, new MeasureInput(context.InstanceId, input.Model, input.At), RetryPolicy.Default);
        return await AlarmSteps.FollowAsync(context, report);
    }
}
