using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>The input of a check.</summary>
/// <param name="At">End of the window; when it fell due, not when it ran.</param>
public sealed record MonitorCheck(string Model, DateTimeOffset At);

/// <summary>What a check did.</summary>
/// <param name="RetrainId">The workflow instance it started, or null.</param>
/// <param name="Undelivered">Sinks that did not take the alert.</param>
public sealed record MonitorOutcome(MonitorReport Report, bool Alerted, string? RetrainId, IReadOnlyList<string> Undelivered);

/// <summary>A check and the id its report gets.</summary>
internal sealed record MeasureInput(string ReportId, string Model, DateTimeOffset At);

/// <summary>An alert and who shall be told.</summary>
internal sealed record RaisedAlert(Alert Alert, IReadOnlyList<string> Sinks);

internal sealed record AlertDelivery(Alert Alert, string Sink);

/// <summary>The names of activities, shared by the workflows that call them.</summary>
internal static class MonitoringSteps
{
    public const string MeasureDrift = "drift-measure";
    public const string MeasurePerformance = "performance-measure";
    public const string RaiseAlert = "alert-raise";
    public const string SendAlert = "alert-send";
    public const string CheckRetrain = "retrain-claim";
    public const string AppendData = "retrain-data";
    public const string StartRetrain = "retrain-start";

    /// <summary>The whole delivery of an alert ends within about a minute.</summary>
    public static readonly RetryPolicy Delivery = new(4, TimeSpan.FromSeconds(2), 3);
}
