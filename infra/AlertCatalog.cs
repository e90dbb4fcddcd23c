namespace MlOps.Infra;

/// <summary>What people are told of.</summary>
internal static class AlertCatalog
{
    public static IReadOnlyList<QueryAlert> For(StackSettings settings) =>
    [
        new("failed-requests", "Requests fail", "Read the failures in Application Insights; redeploy the last good package if they began with a deployment.", 1,
            RequestQuery.Failed(settings.FailedRequestPercent)),
        new("slow-predictions", "Predictions are slow", "Look at cold starts first: mlops:alwaysReadyHttp keeps an instance warm.", 2,
            RequestQuery.Slow(settings.LatencyP95Ms)),
        new("drift", "Drift was detected", "Read the report: mlops drift MODEL.", 2, MetricQuery.HappenedToAModel(MetricNames.Alerts, ("kind", "drift"))),
        new("performance", "A model's performance fell", "GET /api/v1/alerts names model, metric and figures.", 2, MetricQuery.HappenedToAModel(MetricNames.Alerts, ("kind", "performance"))),
        new("rollback", "A rollout was rolled back", "The former version serves; mlops rollout status MODEL says why.", 1, MetricQuery.HappenedToAModel(MetricNames.Rollouts, ("state", "rolledBack"))),
        new("pipeline-failed", "A pipeline run failed", "mlops pipeline show RUN names the step; mend the cause and rerun it.", 2,
            MetricQuery.Happened(MetricNames.Workflows, ("workflow", "pipeline"), ("state", "failed"))),
        new("poison-queue", "An upload could not be worked on", $"Its message lies in the queue {StorageNames.PoisonQueue}.", 1, Poisoned),
        new("upload-rejected", "An upload is no data set", "datasets/DATASET/rejected/FILE.error.txt says why.", 2,
            MetricQuery.Happened(MetricNames.InboxFiles, ("verdict", "rejected"))),
        new("log-cap", "Logs are dropped for today", "No other alert on logs is raised until the cap is reset: raise mlops:dailyLogQuotaGb, or lower mlops:tracesPerSecond.", 1, CapReached),
        new("ingestion-stopped", "Uploads are not worked on", "Messages arrive and none was finished for an hour: is the app running?", 1, NothingTaken, "PT1H"),
    ];

    // The workspace's own table, which the cap does not touch; the words are those of Azure's page on the daily cap.
    private const string CapReached = """
        _LogOperation
        | where Category =~ "Ingestion" and Detail contains "OverQuota"
        """;

    private const string Poisoned = $$"""
        StorageQueueLogs
        | where OperationName == "PutMessage" and StatusText == "Success" and Uri contains "/{{StorageNames.PoisonQueue}}/messages"
        """;

    // A message is deleted when its upload was worked on, or moved to the poison queue, which has an alert of its own.
    private const string NothingTaken = $$"""
        StorageQueueLogs
        | where StatusText == "Success" and Uri contains "/{{StorageNames.InboxQueue}}/messages"
        | summarize arrived = countif(OperationName == "PutMessage" and TimeGenerated < ago(20m)), taken = countif(OperationName == "DeleteMessage")
        | where arrived > 0 and taken == 0
        """;
}
