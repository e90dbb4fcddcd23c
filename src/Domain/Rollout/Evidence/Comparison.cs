using System.Globalization;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>
/// One metric of both versions, ready to be judged. <paramref name="Worse"/> is how much worse the new version is: above 0 is worse,
/// whichever way the metric points.
/// </summary>
internal sealed record Comparison(double? Canary, double? Champion, long CanarySamples, long ChampionSamples, MeanDifference Worse)
{
    public static readonly Comparison Nothing = new(null, null, 0, 0, new MeanDifference(double.NaN, double.NaN));

    /// <summary>Below so many the champion's share has no spread to speak of, and below one it has none at all.</summary>
    private const long FewestOfChampion = 10;

    /// <summary>
    /// Of two shares of which a lower one is better. Of a champion with too few to estimate by, the share counts as it is, and none as
    /// nothing wrong: a version that fails must not stay because the other has hardly any traffic.
    /// </summary>
    public static Comparison OfRates(long bad, long all, long championBad, long championAll)
    {
        (SampleMoments canary, SampleMoments champion) = (SampleMoments.OfRate(bad, all), SampleMoments.OfRate(championBad, championAll));
        MeanDifference worse = championAll >= FewestOfChampion || all == 0 ? MeanDifference.Of(canary, champion) : new(canary.Mean - champion.Mean, canary.VarianceOfMean);
        return new(Share(bad, all), Share(championBad, championAll), all, championAll, worse);
    }

    public string Shown(RolloutMetric metric) => string.Create(
        CultureInfo.InvariantCulture,
        $"{MetricNames.Of(metric)} {Value(metric, Canary)} over {CanarySamples:N0}, the champion's {Value(metric, Champion)} over {ChampionSamples:N0}");

    private static string Value(RolloutMetric metric, double? value) => value is not { } v ? "unknown"
        : metric is RolloutMetric.ErrorRate or RolloutMetric.RejectedRate or RolloutMetric.Accuracy or RolloutMetric.Disagreement
            ? (100 * v).ToString("0.00", CultureInfo.InvariantCulture) + " %"
            : v.ToString("0.####", CultureInfo.InvariantCulture) + (metric == RolloutMetric.LatencyP95 ? " ms" : "");

    private static double? Share(long part, long all) => all == 0 ? null : (double)part / all;
}
