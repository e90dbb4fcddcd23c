using System.Diagnostics.Metrics;
using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Serving;

/// <summary>What is counted of prediction requests, by model and version.</summary>
internal static class ServingMetrics
{
    private static readonly Counter<long> Predictions = Telemetry.Meter.CreateCounter<long>("mlops.predictions", "{request}", "Prediction requests that reached a model version.");

    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram<double>("mlops.prediction.duration", "s", "Scoring of answered requests.");

    private static readonly Counter<long> Truths = Telemetry.Meter.CreateCounter<long>("mlops.feedback", "{item}", "Items of feedback received.");

    public static void Feedback(string model, FeedbackResult result)
    {
        Truths.Add(result.Accepted, new("model", model), new("outcome", "accepted"));
        Truths.Add(result.Repeated, new("model", model), new("outcome", "repeated"));
        Truths.Add(result.Problems.Count, new("model", model), new("outcome", "rejected"));
    }

    public static void Answered(string model, int version, TimeSpan latency)
    {
        Count(model, version, "answered");
        if (Duration.Enabled)
            Duration.Record(latency.TotalSeconds, new("model", model), new("version", version));
    }

    private static readonly Histogram<int> Batches = Telemetry.Meter.CreateHistogram<int>("mlops.prediction.batch", "{request}", "Requests that were scored together.");

    private static readonly Counter<long> Copies = Telemetry.Meter.CreateCounter<long>("mlops.shadow.leftout", "{request}", "Copies of requests that a shadow version did not answer: too many waited, it could not be loaded, or the process stopped.");

    public static void Refused(string model, int version) => Count(model, version, "refused");

    public static void Batched(string model, int requests) => Batches.Record(requests, new KeyValuePair<string, object?>("model", model));

    public static void LeftOut(string model, int version) => Copies.Add(1, new("model", model), new("version", version));

    public static void Rejected(string model, int version) => Count(model, version, "rejected");

    public static void Failed(string model, int version) => Count(model, version, "failed");

    private static void Count(string model, int version, string outcome)
    {
        // Boxing the version would cost an allocation a request, listened to or not.
        if (Predictions.Enabled)
            Predictions.Add(1, new("model", model), new("version", version), new("outcome", outcome));
    }
}
