namespace MlOps.Infra;

/// <summary>
/// The platform's own instruments (meter <c>MlOps</c>) that alerts and the workbook read. The one place where infra spells them;
/// docs/telemetry.md defines them.
/// </summary>
internal static class MetricNames
{
    public const string Requests = "mlops.requests";
    public const string DriftAlerts = "mlops.drift.alerts";
    public const string Rollbacks = "mlops.rollout.rollbacks";
    public const string PipelineFailures = "mlops.pipeline.failures";
    public const string DatasetVersions = "mlops.dataset.versions";
}
