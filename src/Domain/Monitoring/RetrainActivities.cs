using Microsoft.Extensions.Logging;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>The retrain that may go ahead, or null: none wanted, or cooling down.</summary>
internal sealed record RetrainClaim(RetrainPolicy? Policy);

internal sealed record AppendInput(string Dataset, string Model, DateTimeOffset To);

internal sealed record RetrainStart(string Workflow, RetrainRequest Request);

/// <summary>Takes the retrain that the cool-down allows.</summary>
internal sealed class ClaimRetrainActivity(MonitoringTable table, TimeProvider time, ILogger logger) : Activity<MonitorReport, RetrainClaim>
{
    public override string Name => MonitoringSteps.ClaimRetrain;

    public override async Task<RetrainClaim> RunAsync(ActivityContext context, MonitorReport input, CancellationToken cancellationToken)
    {
        if ((await table.FindPolicyAsync(input.Model, cancellationToken))?.Policy.Retrain is not { } policy || !Wanted(policy, input.Kind))
            return new(null);
        DateTimeOffset? last = await table.ClaimRetrainAsync(input.Model, input.Id, time.GetUtcNow(), policy.Cooldown, cancellationToken);
        if (last is null)
            return new(policy);
        MonitoringLog.CoolingDown(logger, input.Model, last.Value, last.Value + policy.Cooldown);
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

/// <summary>Starts the retrain's workflow under an id that follows from the report.</summary>
internal sealed class StartRetrainActivity(IWorkflowClient workflows, ILogger logger) : Activity<RetrainStart, string>
{
    public override string Name => MonitoringSteps.StartRetrain;

    public override async Task<string> RunAsync(ActivityContext context, RetrainStart input, CancellationToken cancellationToken)
    {
        RetrainRequest request = input.Request;
        string id = MonitorIds.Retrain(request.ReportId);
        await workflows.StartAsync(input.Workflow, request, id, cancellationToken);
        MonitoringLog.Retraining(logger, request.Subject, request.Model, request.Cause, request.ReportId, request.Dataset);
        return id;
    }
}
