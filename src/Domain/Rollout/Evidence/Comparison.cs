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

    /// <summary>Below so many the champion's share has no spread to speak of, and below one it has none at all: by the spread of 10 to 14 requests not even a version that fails all is shown to be worse.</summary>
    private const long FewestOfChampion = 15;

    /// <summary>The same of units with several requests each: most shares are rare ones that come together.</summary>
    private const long FewestUnits = 30;

    /// <summary>Standard deviations of the bound of such a share: 97.5 %.</summary>
    private const double Bound = 1.96;

    /// <summary>How much worse the new version is by what a breach asks for: <see cref="Worse"/>, but of a champion with hardly any requests.</summary>
    public MeanDifference Proven { get; init; } = Worse;

    /// <summary>Values of the new version that are independent of each other: units or requests, where <see cref="CanarySamples"/> counts their rows.</summary>
    public long CanaryUnits { get; init; } = CanarySamples;

    public long ChampionUnits { get; init; } = ChampionSamples;

    /// <summary>Shares of both versions in which each unit counts once; null where requests are units.</summary>
    public (double Canary, double Champion)? ByUnit { get; init; }

    /// <summary>How many times the variance of <see cref="Worse"/> is what independent samples would give.</summary>
    public double DesignEffect { get; init; } = 1;

    /// <summary>
    /// Of two shares of which a lower one is better. Of a champion with too few to estimate by, a breach takes the share for as high as it
    /// may be (Wilson's bound), and without any for nothing wrong: a version that fails everything must not stay because the other has hardly
    /// any traffic, and one that fails as often as the other must not go because the other was lucky so far.
    /// </summary>
    /// <param name="units">By unit, where requests of one are no independent samples.</param>
    public static Comparison OfRates(long bad, long all, long championBad, long championAll, ClusterSums? units = null, ClusterSums? championUnits = null)
    {
        (SampleMoments canary, SampleMoments champion) = (SampleMoments.OfHits(bad, all), SampleMoments.OfHits(championBad, championAll));
        double toChampion = championAll == 0 ? double.NaN : champion.Mean;
        bool isKnown = championAll >= FewestOfChampion || all == 0;
        (double ofCanary, double ofChampion) = (canary.VarianceOfShare(isKnown ? toChampion : double.NaN), champion.VarianceOfShare(canary.Mean));
        double own = units?.VarianceOfMean(ofCanary, toChampion, isShare: true) ?? ofCanary;
        double reference = championUnits?.VarianceOfMean(ofChampion, canary.Mean, isShare: true) ?? ofChampion;
        MeanDifference worse = MeanDifference.Of(canary, champion) with { Variance = own + reference };
        if (!isKnown)
            worse = new(canary.Mean - champion.Mean, own);
        var seen = new Comparison(Share(bad, all), Share(championBad, championAll), all, championAll, worse)
        {
            CanaryUnits = units?.Distinct ?? all,
            ChampionUnits = championUnits?.Distinct ?? championAll,
            ByUnit = units is null ? null : (units.MeanOfClusters, championUnits?.MeanOfClusters ?? champion.Mean),
            DesignEffect = (isKnown ? own + reference : own) / (isKnown ? ofCanary + ofChampion : ofCanary),
        };
        long fewest = championUnits?.IsClustered == true ? FewestUnits : FewestOfChampion;
        return seen.ChampionUnits > 0 && seen.ChampionUnits < fewest
            ? seen with { Proven = worse with { Value = canary.Mean - Proportions.WilsonUpper(champion.Mean, seen.ChampionUnits, Bound) } }
            : seen;
    }

    /// <summary>Of a bandit's rewards: the other version as the new one.</summary>
    public Comparison Reversed() => new(Champion, Canary, ChampionSamples, CanarySamples, Worse with { Value = -Worse.Value })
    {
        CanaryUnits = ChampionUnits,
        ChampionUnits = CanaryUnits,
        DesignEffect = DesignEffect,
    };

    public string Shown(RolloutMetric metric) => string.Create(
        CultureInfo.InvariantCulture,
        $"{MetricNames.Of(metric)} {Value(metric, Canary)} over {CanarySamples:N0}, the champion's {Value(metric, Champion)} over {ChampionSamples:N0}");

    private static string Value(RolloutMetric metric, double? value) => value is not { } v ? "unknown"
        : metric is RolloutMetric.ErrorRate or RolloutMetric.RejectedRate or RolloutMetric.Accuracy or RolloutMetric.Disagreement
            ? (100 * v).ToString("0.00", CultureInfo.InvariantCulture) + " %"
            : v.ToString("0.####", CultureInfo.InvariantCulture) + (metric == RolloutMetric.LatencyP95 ? " ms" : "");

    private static double? Share(long part, long all) => all == 0 ? null : (double)part / all;
}
