using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Serving;

/// <summary>What a version did in a stretch of time, summed over all processes.</summary>
/// <param name="Requests">Answered or failed: those the version was responsible for.</param>
/// <param name="Errors">Of these, the failed ones: the model did not load, threw, or gave no finite score.</param>
/// <param name="Rejected">Requests whose input was wrong; not among <paramref name="Requests"/>.</param>
/// <param name="Latency">Time to score of the answered ones; of requests that were gathered, that of their batch.</param>
/// <param name="Refused">Requests there was no place for; of a shadow, copies left out. Not among <paramref name="Requests"/>.</param>
/// <param name="Units">The requests that have a unit, by it; null where none has.</param>
public sealed record TrafficWindow(long Requests, long Errors, long Rejected, LatencyHistogram Latency, long Refused = 0, UnitCounts? Units = null)
{
    public TimeSpan? P50 => Latency.Quantile(0.50);

    public TimeSpan? P95 => Latency.Quantile(0.95);

    public TimeSpan? P99 => Latency.Quantile(0.99);
}
