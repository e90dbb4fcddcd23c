using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>What 1 stands for in packed gradients and hessians; powers of two, so that nothing is rounded on the way back.</summary>
internal readonly record struct GradientUnits(double Gradient, double Hessian);

/// <summary>The largest size of a gradient and of a hessian.</summary>
internal readonly record struct GradientBound(float Gradient, float Hessian)
{
    public static GradientBound Of(ReadOnlySpan<GradientPair> pairs)
    {
        (float gradient, float hessian) = (0, 0);
        foreach (GradientPair pair in pairs)
            (gradient, hessian) = (Math.Max(gradient, Math.Abs(pair.Gradient)), Math.Max(hessian, pair.Hessian));
        return new(gradient, hessian);
    }

    public static GradientBound Most(IEnumerable<GradientBound> parts) =>
        parts.Aggregate(default(GradientBound), (most, part) => new(Math.Max(most.Gradient, part.Gradient), Math.Max(most.Hessian, part.Hessian)));
}

/// <summary>
/// Derivatives as whole numbers in one word, the gradient in the high and the hessian in the low half: one addition of 64 bits sums both,
/// and whole numbers sum up to the same in any order, in any number of parts and on any number of threads. The largest gradient gets 18
/// bits, far more than trees need (Shi, Ke et al. 2022, Quantized Training of GBDT, lose nothing with 5).
/// </summary>
internal static class GradientPacking
{
    /// <summary>So many packed pairs sum up within 32 bits each.</summary>
    public const int MostRows = 8_000;

    private const int Bits = 18;

    public static GradientUnits Units(GradientBound bound) => new(Unit(bound.Gradient), Unit(bound.Hessian));

    /// <summary>Packs pairs where they stand. A row with any weight keeps a hessian of 1 at least, so that a sum of 0 says that there are no rows.</summary>
    public static void Pack(Span<GradientPair> pairs, GradientUnits units)
    {
        Span<long> packed = MemoryMarshal.Cast<GradientPair, long>(pairs);
        (float gradients, float hessians) = ((float)(1 / units.Gradient), (float)(1 / units.Hessian));
        for (int i = 0; i < pairs.Length; i++)
        {
            GradientPair pair = pairs[i];
            int hessian = Math.Max(Whole(pair.Hessian * hessians), pair.Hessian > 0 ? 1 : 0);
            packed[i] = ((long)Whole(pair.Gradient * gradients) << 32) + hessian;
        }
    }

    /// <summary>To the nearest, halves to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Whole(float value) => (int)MathF.Round(value);

    private static double Unit(float most) => most > 0 ? Math.ScaleB(1, Math.Clamp(Math.ILogB(most), -100, 100) - (Bits - 1)) : 1;
}
