using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Monitoring;

/// <summary>Every alert is a warning in the log.</summary>
public sealed class LogAlertSink(ILogger logger) : IAlertSink
{
    public string Name => "log";

    public bool Wants(MonitorPolicy policy) => true;

    public Task SendAsync(Alert alert, MonitorPolicy policy, CancellationToken cancellationToken)
    {
        MonitoringLog.AlertRaised(logger, alert.Model, alert.Kind, alert.Message, alert.ReportId);
        return Task.CompletedTask;
    }
}
