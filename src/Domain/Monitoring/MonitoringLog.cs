using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Monitoring;

internal static partial class MonitoringLog
{
    [LoggerMessage(1, LogLevel.Warning, "Alert for model {Model} ({Kind}): {Message} Report {ReportId}.")]
    public static partial void AlertRaised(ILogger logger, string model, ReportKind kind, string message, string reportId);

    [LoggerMessage(2, LogLevel.Information, "Check of model {Model} ({Kind}) ended {Status}: {Summary}")]
    public static partial void Checked(ILogger logger, string model, ReportKind kind, ReportStatus status, string summary);

    [LoggerMessage(3, LogLevel.Information, "Retrain of {Subject} for model {Model} because of {Cause}, report {ReportId}, data {Dataset}.")]
    public static partial void Retraining(ILogger logger, string subject, string model, string cause, string reportId, string? dataset);

    [LoggerMessage(4, LogLevel.Information, "No retrain for model {Model}: the last one began at {Last:u}, the cool-down ends at {Until:u}.")]
    public static partial void CoolingDown(ILogger logger, string model, DateTimeOffset last, DateTimeOffset until);

    [LoggerMessage(5, LogLevel.Error, "The check of model {Model} ({Kind}) that is due could not be started; the next tick tries again.")]
    public static partial void CheckNotStarted(ILogger logger, string model, ReportKind kind, Exception error);
}
