using System.Numerics;
using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>What 1 stands for in packed gradients and hessians; powers of two, so that nothing is rounded on the way back.</summary>
internal readonly record struct GradientUnits(double Gradient, double Hessian);

/// <summary>
/// Derivatives as whole numbers in one word, the gradient in the high and the hessian in the low half: one addition of 64 bits sums both,
/// and whole numbers sum up to the same in any order, in any number of parts and on any number of threads. The largest that is packed gets
/// 18 bits, and up to 24 where rows are few. Rounding is stochastic (Shi, Ke et al. 2022, Quantized Training of GBDT): up as often as the rest says, so that the errors of
/// rows that stand alike cancel out instead of adding up; the hash of a row's place and the round decides, whichever thread asks.
/// </summary>
internal static class GradientPacking
{
    /// <summary>So many packed pairs sum up within 32 bits each.</summary>
    public const int MostRows = 8_000;

    private const int BitsOfFloat = 24;

    /// <summary>So many that all rows, or as many as are summed at once, stay below 2^31.</summary>
    public static int Bits(int rows) => Math.Min(30 - BitOperations.Log2((uint)Math.Clamp(rows, 1, MostRows)), BitsOfFloat);

    /// <summary>Packs pairs, of which the first is at <paramref name="first"/>, and lists those that are too large for it, whose words are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static List<HeavyRow> Pack(ReadOnlySpan<GradientPair> pairs, Span<long> packed, GradientScale scale, ulong seed, int first)
    {
        List<HeavyRow> heavy = [];
        GradientUnits units = scale.Units;
        (double gradients, double hessians) = (1 / units.Gradient, 1 / units.Hessian);
        for (int i = 0; i < pairs.Length; i++)
        {
            GradientPair pair = pairs[i];
            if (scale.IsHeavy(pair))
            {
                heavy.Add(HeavyRow.Of(first + i, pair, units));
                packed[i] = 0;
                continue;
            }

            ulong chance = Mix(seed + (ulong)(first + i));
            packed[i] = ((long)Whole(pair.Gradient * gradients, (uint)(chance >> 32)) << 32) + Whole(pair.Hessian * hessians, (uint)chance);
        }

        return heavy;
    }

    /// <summary>Up with a chance of the part behind the point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Whole(double value, uint chance) => (int)Math.Floor(value + (chance * (1.0 / (1UL << 32))));

    /// <summary>Both halves of what comes out depend on all bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value) => SplitMix64.Scramble(value * SplitMix64.Step);
}
