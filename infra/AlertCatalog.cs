using System.Globalization;

namespace MlOps.Infra;

/// <summary>What people are told of.</summary>
internal static class AlertCatalog
{
    public static IReadOnlyList<QueryAlert> For(StackSettings settings) =>
    [
        new("failed-requests", "Requests fail", "Read the failures in Application Insights; redeploy the last good package if they began with a deployment.", 1,
            FailedRequests(settings.FailedRequestPercent)),
        new("slow-predictions", "Predictions are slow", "Look at cold starts first: mlops:alwaysReadyHttp keeps an instance warm.", 2,
            SlowPredictions(settings.LatencyP95Ms)),
        new("drift", "Drift was detected", "Read the report: mlops drift MODEL.", 2, MetricQuery.Happened(MetricNames.Alerts, ("kind", "drift"))),
        new("performance", "A model's performance fell", "GET /api/v1/alerts names model, metric and figures.", 2, MetricQuery.Happened(MetricNames.Alerts, ("kind", "performance"))),
        new("rollback", "A rollout was rolled back", "The former version serves; mlops rollout status MODEL says why.", 1, MetricQuery.Happened(MetricNames.Rollouts, ("state", "rolledBack"))),
        new("pipeline-failed", "A pipeline run failed", "mlops pipeline show RUN names the step; mend the cause and rerun it.", 2,
            MetricQuery.Happened(MetricNames.Workflows, ("workflow", "pipeline"), ("state", "failed"))),
        new("poison-queue", "An upload could not be worked on", $"Its message lies in the queue {StorageNames.PoisonQueue}.", 1, Poisoned),
        new("upload-rejected", "An upload is no data set", "datasets/DATASET/rejected/FILE.error.txt says why.", 2,
            MetricQuery.Happened(MetricNames.InboxFiles, ("verdict", "rejected"))),
        new("ingestion-stopped", "Uploads are not worked on", "Messages arrive and none was finished for an hour: is the app running?", 1, NothingTaken, "PT1H"),
    ];

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

    private static string FailedRequests(double percent) => $$"""
        AppRequests
        | summarize total = sum(ItemCount), failed = sumif(ItemCount, toint(ResultCode) >= 500)
        | where failed >= 5 and failed * 100.0 / total > {{percent.ToString(CultureInfo.InvariantCulture)}}
        """;

    private static string SlowPredictions(int milliseconds) => $$"""
        AppRequests
        | where Url contains "/v2/models/" or Url contains "/v1/models/" or Url endswith "/invocations"
        | summarize total = count(), p95 = percentile(DurationMs, 95)
        | where total >= 20 and p95 > {{milliseconds}}
        """;
}
