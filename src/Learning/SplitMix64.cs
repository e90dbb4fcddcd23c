using System.Runtime.CompilerServices;

namespace MlOps.Learning;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014), taken apart: scrambled multiples of <see cref="Step"/> are its numbers.</summary>
public static class SplitMix64
{
    /// <summary>2^64 divided by the golden ratio, odd: what the state grows by for each number.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>The finaliser: a bijection in which every bit depends on every bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
