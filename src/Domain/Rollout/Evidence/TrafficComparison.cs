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
        RolloutMetric.ErrorRate => Comparison.OfRates(
            canary.Errors, canary.Requests, champion.Errors, champion.Requests, canary.Units?.Errors(canary.Errors, canary.Requests), champion.Units?.Errors(champion.Errors, champion.Requests)),
        RolloutMetric.RejectedRate => Comparison.OfRates(
            canary.Rejected, canary.Requests + canary.Rejected, champion.Rejected, champion.Requests + champion.Rejected,
            canary.Units?.Rejections(canary.Rejected, canary.Requests + canary.Rejected), champion.Units?.Rejections(champion.Rejected, champion.Requests + champion.Rejected)),
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
        double own = slow.VarianceOfMean, ofLimit = Slow * (1 - Slow) / champion.Latency.Count;
        double uncertainty = (own * Effect(canary, limit)) + (ofLimit * Effect(champion, reference));
        return new(p95.TotalMilliseconds, reference.TotalMilliseconds, canary.Latency.Count, champion.Latency.Count, new MeanDifference(slow.Mean - Slow, uncertainty))
        {
            CanaryUnits = canary.Units?.Slow(limit, before: false, canary.Latency.Count).Distinct ?? canary.Latency.Count,
            ChampionUnits = champion.Units?.Slow(reference, before: false, champion.Latency.Count).Distinct ?? champion.Latency.Count,
            DesignEffect = uncertainty / (own + ofLimit),
        };
    }

    /// <summary>How much less than so many the requests tell, since those of one unit are alike; by unit latencies are known to the octave, so that of the limit and the one before are asked.</summary>
    private static double Effect(TrafficWindow window, TimeSpan limit) => window.Units is not { } units ? 1
        : Math.Max(units.Slow(limit, before: false, window.Latency.Count).DesignEffect(double.NaN), units.Slow(limit, before: true, window.Latency.Count).DesignEffect(double.NaN));
}
