using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Whether the units that met each version since the step got its traffic have the shares that were wanted.</summary>
internal static class UnitRatio
{
    /// <summary>Whether the step divides units among versions.</summary>
    public static bool IsDivided(CheckInput input, IReadOnlyList<TrafficShare> traffic) => input.Kind == StageKind.Bandit ? traffic.Count > 1 : ShareOf(input) is > 0 and < 1;

    /// <summary>Of a step that divides units; null where none came yet.</summary>
    /// <param name="periods">The traffic since units are counted, oldest first: of a bandit as it moved, else the one that the step has.</param>
    public static SampleRatioEvidence? Of(CheckInput input, IReadOnlyList<IReadOnlyList<TrafficShare>> periods, UnitSample sample)
    {
        if (input.Kind == StageKind.Bandit)
            return OfPeriods(periods, sample);
        IReadOnlyDictionary<int, long> met = sample.ByVersion();
        (long canary, long others) = (met.GetValueOrDefault(input.Version), met.Where(u => u.Key != input.Version).Sum(u => u.Value));
        double share = ShareOf(input);
        return canary + others == 0 ? null : new(canary, others, share, SampleRatio.PValue([canary, others], [share, 1 - share], sample.Halvings));
    }

    /// <summary>All versions are told apart; the champion, which has what the others leave, comes first.</summary>
    private static SampleRatioEvidence? OfPeriods(IReadOnlyList<IReadOnlyList<TrafficShare>> periods, UnitSample sample)
    {
        int[] versions = [.. periods.SelectMany(p => p).Select(t => t.Version).Distinct()];
        if (versions.Length == 0)
            return null;
        IReadOnlyDictionary<(int, int), long> met = sample.ByPeriod();
        double[][] shares = [.. periods.Select(p => versions.Select(v => (p.FirstOrDefault(t => t.Version == v)?.BasisPoints ?? 0) / (double)StickyBucket.Count).ToArray())];
        long[][] units = [.. periods.Select((_, period) => versions.Select((v, arm) => shares[period][arm] > 0 ? met.GetValueOrDefault((period, v)) : 0).ToArray())];
        long all = units.Sum(u => u.Sum()), champion = units.Sum(u => u[0]);
        return all == 0 ? null : new(all - champion, champion, 1 - (MovingSampleRatio.Expected(units, shares)[0] / all), MovingSampleRatio.PValue(units, shares, sample.Halvings));
    }

    private static double ShareOf(CheckInput input) => Math.Round(input.Percent * 100) / StickyBucket.Count;
}
