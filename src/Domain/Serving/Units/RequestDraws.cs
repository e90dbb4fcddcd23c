using MlOps.Learning;

namespace MlOps.Domain.Serving.Units;

/// <summary>
/// A number of the server's own for each request, which no caller can choose: what has no unit is routed, sampled and counted by it. A
/// request's id will not do, for callers bring their own, and one that is always the same would have all traffic on one version.
/// SplitMix64 (Steele, Lea and Flood 2014) from a seed of the process's own. Thread-safe, allocates nothing.
/// </summary>
internal sealed class RequestDraws(IIdSource ids)
{
    /// <summary>What numbers are drawn for, beside the version.</summary>
    public const ulong Exposures = 1, Log = 2, Copies = 3;

    private readonly ulong _seed = StickyBucket.Hash("request", ids.NewId());
    private ulong _count;

    /// <summary>Above 0.</summary>
    public ulong Next()
    {
        ulong draw = SplitMix64.Scramble(_seed + (Interlocked.Increment(ref _count) * SplitMix64.Step));
        return draw == 0 ? 1 : draw;
    }

    /// <summary>Another number of the same request's, one a purpose: what is sampled must not depend on the version.</summary>
    public static ulong For(ulong draw, ulong purpose) => SplitMix64.Scramble(draw + (purpose * SplitMix64.Step));
}
