using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>What both checks do after an alarm. Part of their workflows: deterministic.</summary>
internal static class AlarmSteps
{
    public static async Task<MonitorOutcome> FollowAsync(IWorkflowContext context, MonitorReport report)
    {
        if (report.Status != ReportStatus.Alarm)
            return new(report, false, null, []);
        RaisedAlert raised = await context.CallActivityAsync<RaisedAlert>(MonitoringSteps.RaiseAlert, report, RetryPolicy.Default);

        // A webhook that is away must not hold up the retrain, nor a failing retrain the alert.
        Task<IReadOnlyList<string>> undelivered = SendAsync(context, raised);
        string? retrain;
        try
        {
            retrain = await RetrainAsync(context, report);
        }
        finally
        {
            await undelivered;
        }

        return new(report, true, retrain, await undelivered);
    }

    private static async Task<IReadOnlyList<string>> SendAsync(IWorkflowContext context, RaisedAlert raised)
    {
        var undelivered = new List<string>();
        foreach (string sink in raised.Sinks)
        {
            try
            {
                await context.CallActivityAsync<bool>(MonitoringSteps.SendAlert, new AlertDelivery(raised.Alert, sink), MonitoringSteps.Delivery);
            }
            catch (WorkflowStepException)
            {
                undelivered.Add(sink);
            }
        }

        return undelivered;
    }

    private static async Task<string?> RetrainAsync(IWorkflowContext context, MonitorReport report)
    {
        RetrainClaim claim = await context.CallActivityAsync<RetrainClaim>(MonitoringSteps.CheckRetrain, report, RetryPolicy.Default);
        if (claim.Policy is not { } policy)
            return null;
        string? dataset = policy.Dataset is { } name
            ? await context.CallActivityAsync<string>(MonitoringSteps.AppendData, new AppendInput(name, report.Model, report.To), RetryPolicy.Default)
            : null;
        var request = new RetrainRequest(policy.Subject, report.Model, report.Kind == ReportKind.Drift ? "drift" : "performance", report.Id, dataset);
        return await context.CallActivityAsync<string?>(MonitoringSteps.StartRetrain, new RetrainStart(policy.Workflow, request), RetryPolicy.Default);
    }
}
