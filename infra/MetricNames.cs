namespace MlOps.Infra;

/// <summary>
/// The platform's own instruments (meter <c>MlOps</c>) that alerts and the workbook read. The one place where infra spells them;
/// docs/telemetry.md defines them, and a test holds both together.
/// </summary>
internal static class MetricNames
{
    public const string Alerts = "mlops.alerts";
    public const string DatasetVersions = "mlops.dataset.versions";
    public const string InboxFiles = "mlops.inbox.files";
    public const string PipelineRuns = "mlops.pipeline.runs";
    public const string PredictionDuration = "mlops.prediction.duration";
    public const string Predictions = "mlops.predictions";
    public const string Retrains = "mlops.retrains";
    public const string Rollouts = "mlops.rollouts";
    public const string Workflows = "mlops.workflows";
}
