using Microsoft.Extensions.Logging;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>The retrain that may go ahead, or null: none wanted, or cooling down.</summary>
internal sealed record RetrainClaim(RetrainPolicy? Policy);

internal sealed record AppendInput(string Dataset, string Model, DateTimeOffset To);

internal sealed record RetrainStart(string Workflow, RetrainRequest Request);

/// <summary>Says whether the policy and its cool-down allow a retrain now; what it costs to make one ready is spent only then.</summary>
internal sealed class CheckRetrainActivity(MonitoringTable table, TimeProvider time, ILogger logger) : Activity<MonitorReport, RetrainClaim>
{
    public override string Name => MonitoringSteps.CheckRetrain;

    public override async Task<RetrainClaim> RunAsync(ActivityContext context, MonitorReport input, CancellationToken cancellationToken)
    {
        if ((await table.FindPolicyAsync(input.Model, cancellationToken))?.Policy.Retrain is not { } policy || !Wanted(policy, input.Kind))
            return new(null);
        if (await table.LastRetrainAsync(input.Model, input.Id, cancellationToken) is not { } last || time.GetUtcNow() >= last + policy.Cooldown)
            return new(policy);
        MonitoringLog.CoolingDown(logger, input.Model, last, last + policy.Cooldown);
        return new(null);
    }

    private static bool Wanted(RetrainPolicy policy, ReportKind kind) => kind == ReportKind.Drift ? policy.OnDrift : policy.OnPerformance;
}

/// <summary>Adds the data set version to train on.</summary>
internal sealed class AppendDataActivity(RetrainData data) : Activity<AppendInput, string>
{
    public override string Name => MonitoringSteps.AppendData;

    public override Task<string> RunAsync(ActivityContext context, AppendInput input, CancellationToken cancellationToken) =>
        data.AppendAsync(context.Key, input.Dataset, input.Model, input.To, cancellationToken);
}

/// <summary>
/// Starts the retrain's workflow under an id that follows from the report. The cool-down is taken here and not before: a retrain whose
/// data could not be made ready has not begun, and the next alarm may try again.
/// </summary>
internal sealed class StartRetrainActivity(MonitoringTable table, IWorkflowClient workflows, TimeProvider time, ILogger logger) : Activity<RetrainStart, string?>
{
    public override string Name => MonitoringSteps.StartRetrain;

    public override async Task<string?> RunAsync(ActivityContext context, RetrainStart input, CancellationToken cancellationToken)
    {
        RetrainRequest request = input.Request;
        TimeSpan cooldown = (await table.FindPolicyAsync(request.Model, cancellationToken))?.Policy.Retrain?.Cooldown ?? TimeSpan.Zero;
        if (await table.ClaimRetrainAsync(request.Model, request.ReportId, time.GetUtcNow(), cooldown, cancellationToken) is { } last)
        {
            MonitoringLog.CoolingDown(logger, request.Model, last, last + cooldown);
            return null;
        }

        string id = MonitorIds.Retrain(request.ReportId);
        await workflows.StartAsync(input.Workflow, request, id, cancellationToken);
        MonitoringLog.Retraining(logger, request.Subject, request.Model, request.Cause, request.ReportId, request.Dataset);
        MonitoringMetrics.Retrained(request.Model, request.Cause);
        return id;
    }
}
