using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>Measures the champion on predictions whose truth came in, and when it is past its limit tells people and starts the retrain.</summary>
public sealed class PerformanceCheckWorkflow : Workflow<MonitorCheck, MonitorOutcome>
{
    public const string WorkflowName = "performance-check";

    public override string Name => WorkflowName;

    public override async Task<MonitorOutcome> RunAsync(IWorkflowContext context, MonitorCheck input)
    {
        MonitorReport report = await context.CallActivityAsync<MonitorReport>(
            MonitoringSteps.MeasurePerformance, new MeasureInput(context.InstanceId, input.Model, input.At), RetryPolicy.Default);
        return await AlarmSteps.FollowAsync(context, report);
    }
}
