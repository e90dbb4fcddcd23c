using MlOps.Domain.Serving;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Compares two versions by their traffic counters.</summary>
internal static class TrafficComparison
{
    /// <summary>What is above the 95th percentile.</summary>
    private const double Slow = 0.05;

    public static Comparison Of(RolloutMetric metric, TrafficWindow canary, TrafficWindow champion, double maxRatio, TimeSpan tolerance) => metric switch
    {
        RolloutMetric.ErrorRate => Comparison.OfRates(canary.Errors, canary.Requests, champion.Errors, champion.Requests),
        RolloutMetric.RejectedRate => Comparison.OfRates(canary.Rejected, canary.Requests + canary.Rejected, champion.Rejected, champion.Requests + champion.Rejected),
        _ => Latency(canary, champion, maxRatio, tolerance),
    };

    /// <summary>
    /// A percentile is no mean, so a share is tested: the new version's p95 is above the limit exactly when more than 5 % of its requests
    /// are. The limit, the champion's p95 times the ratio, is an estimate too; its uncertainty counts as that of 5 % of the champion's requests.
    /// </summary>
    private static Comparison Latency(TrafficWindow canary, TrafficWindow champion, double maxRatio, TimeSpan tolerance)
    {
        if (champion.P95 is not { } reference || canary.P95 is not { } p95)
            return Comparison.Nothing with { CanarySamples = canary.Latency.Count, ChampionSamples = champion.Latency.Count, Canary = canary.P95?.TotalMilliseconds, Champion = champion.P95?.TotalMilliseconds };
        TimeSpan limit = reference * maxRatio > reference + tolerance ? reference * maxRatio : reference + tolerance;
        SampleMoments slow = SampleMoments.OfRate(canary.Latency.CountAbove(limit), canary.Latency.Count);
        double uncertainty = slow.VarianceOfMean + (Slow * (1 - Slow) / champion.Latency.Count);
        return new(p95.TotalMilliseconds, reference.TotalMilliseconds, canary.Latency.Count, champion.Latency.Count, new MeanDifference(slow.Mean - Slow, uncertainty));
    }
}
