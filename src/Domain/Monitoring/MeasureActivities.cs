using Microsoft.Extensions.Logging;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>Measures drift and stores the report; the first report of an id stays.</summary>
internal sealed class MeasureDriftActivity(MonitoringTable table, DriftMonitor monitor, ILogger logger) : Activity<MeasureInput, MonitorReport>
{
    public override string Name => MonitoringSteps.MeasureDrift;

    public override async Task<MonitorReport> RunAsync(ActivityContext context, MeasureInput input, CancellationToken cancellationToken)
    {
        DriftPolicy policy = (await table.FindPolicyAsync(input.Model, cancellationToken))?.Policy.Drift ?? new DriftPolicy();
        MonitorReport report = await table.SaveReportAsync(await monitor.MeasureAsync(input, policy, cancellationToken), cancellationToken);
        MonitoringLog.Checked(logger, report.Model, report.Kind, report.Status, report.Summary);
        MonitoringMetrics.Checked(report);
        return report;
    }
}

/// <summary>Measures performance and stores the report.</summary>
internal sealed class MeasurePerformanceActivity(MonitoringTable table, PerformanceMonitor monitor, ILogger logger) : Activity<MeasureInput, MonitorReport>
{
    public override string Name => MonitoringSteps.MeasurePerformance;

    public override async Task<MonitorReport> RunAsync(ActivityContext context, MeasureInput input, CancellationToken cancellationToken)
    {
        PerformancePolicy policy = (await table.FindPolicyAsync(input.Model, cancellationToken))?.Policy.Performance
            ?? throw MlOpsException.NotFound("monitor-missing", $"model '{input.Model}' has no performance policy");
        MonitorReport report = await table.SaveReportAsync(await monitor.MeasureAsync(input, policy, cancellationToken), cancellationToken);
        MonitoringLog.Checked(logger, report.Model, report.Kind, report.Status, report.Summary);
        MonitoringMetrics.Checked(report);
        return report;
    }
}
