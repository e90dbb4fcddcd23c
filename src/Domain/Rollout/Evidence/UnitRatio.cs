using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>Whether the units that met each version since the traffic last changed have the shares that were wanted.</summary>
internal static class UnitRatio
{
    /// <summary>Whether the step divides units among versions.</summary>
    public static bool IsDivided(CheckInput input, IReadOnlyList<TrafficShare> traffic) => IsField(input, traffic) ? traffic.Count > 1 : ShareOf(input) is > 0 and < 1;

    /// <summary>Of a step that divides units; null where none came yet.</summary>
    public static SampleRatioEvidence? Of(CheckInput input, IReadOnlyList<TrafficShare> traffic, UnitSample sample)
    {
        IReadOnlyDictionary<int, long> met = sample.ByVersion();
        if (IsField(input, traffic))
            return OfField(input, traffic, met, sample);
        (long canary, long others) = (met.GetValueOrDefault(input.Version), met.Where(u => u.Key != input.Version).Sum(u => u.Value));
        double share = ShareOf(input);
        return canary + others == 0 ? null : new(canary, others, share, PValue(input, [canary, others], [share, 1 - share], sample));
    }

    /// <summary>All versions that have traffic are told apart, while a bandit's winner waits for its approval too.</summary>
    private static bool IsField(CheckInput input, IReadOnlyList<TrafficShare> traffic) => input.Arms is not null || traffic.Count > 2;

    private static SampleRatioEvidence? OfField(CheckInput input, IReadOnlyList<TrafficShare> traffic, IReadOnlyDictionary<int, long> met, UnitSample sample)
    {
        long[] units = [.. traffic.Select(t => met.GetValueOrDefault(t.Version))];
        if (units.Sum() == 0)
            return null;
        double[] shares = [.. traffic.Select(t => (double)t.BasisPoints / StickyBucket.Count)];
        return new(units[1..].Sum(), units[0], 1 - shares[0], PValue(input, units, shares, sample));
    }

    private static double ShareOf(CheckInput input) => Math.Round(input.Percent * 100) / StickyBucket.Count;

    /// <summary>A bandit counts anew after each change of its shares, so that the alarm is divided among these samples.</summary>
    private static double PValue(CheckInput input, ReadOnlySpan<long> units, ReadOnlySpan<double> shares, UnitSample sample)
    {
        double alone = SampleRatio.PValue(units, shares, sample.Halvings);
        return input.Kind == StageKind.Bandit ? SampleRatio.OverAll(alone, input.Turns) : alone;
    }
}
