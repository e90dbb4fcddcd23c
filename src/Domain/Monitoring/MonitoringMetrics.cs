using System.Diagnostics.Metrics;

namespace MlOps.Domain.Monitoring;

/// <summary>What is counted of checks and of what follows from them.</summary>
internal static class MonitoringMetrics
{
    private static readonly Counter<long> Checks = Telemetry.Meter.CreateCounter<long>("mlops.checks", "{check}", "Drift and performance checks that were made.");

    private static readonly Counter<long> Alerts = Telemetry.Meter.CreateCounter<long>("mlops.alerts", "{alert}", "Alerts raised.");

    private static readonly Counter<long> Retrains = Telemetry.Meter.CreateCounter<long>("mlops.retrains", "{retrain}", "Retrains started by an alert.");

    public static void Checked(MonitorReport report) =>
        Checks.Add(1, new("model", report.Model), new("kind", EnumWord.Of(report.Kind)), new("status", EnumWord.Of(report.Status)));

    public static void Alerted(Alert alert) => Alerts.Add(1, new("model", alert.Model), new("kind", EnumWord.Of(alert.Kind)));

    public static void Retrained(string model, string cause) => Retrains.Add(1, new("model", model), new("cause", cause));
}
