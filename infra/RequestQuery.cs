using System.Globalization;

namespace MlOps.Infra;

/// <summary>KQL over the requests of the Functions host, which records timers, queues and every step of a workflow as requests too.</summary>
internal static class RequestQuery
{
    /// <summary>The ends of the routes that predict: Open Inference, TensorFlow Serving and KServe v1, MLflow and SageMaker.</summary>
    public const string Inference = @"(/infer|:predict|/invocations)/?(\?|$)";

    // What is no HTTP request has the code 0. A row may stand for several: requests are sampled.
    private const string Http = "AppRequests\n| where toint(ResultCode) >= 100";

    /// <summary>A row when more than a share of the HTTP requests, and at least 5, answered 5xx.</summary>
    public static string Failed(double percent) => $$"""
        {{Http}}
        | summarize total = sum(ItemCount), failed = sumif(ItemCount, toint(ResultCode) >= 500)
        | where failed >= 5 and failed * 100.0 / total > {{percent.ToString(CultureInfo.InvariantCulture)}}
        """;

    /// <summary>A row when the p95 of at least 20 predictions is above the limit.</summary>
    public static string Slow(int milliseconds) => $$"""
        {{Http}} and Url matches regex @"{{Inference}}"
        | summarize total = sum(ItemCount), p95 = percentilew(DurationMs, ItemCount, 95)
        | where total >= 20 and p95 > {{milliseconds}}
        """;
}
