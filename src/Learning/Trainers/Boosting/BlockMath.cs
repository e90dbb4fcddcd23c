using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Functions of many numbers, four at a time; a span's length does not matter to a number's result. Processors without fused multiply-add
/// may round the last bit otherwise.
/// </summary>
internal static class BlockMath
{
    /// <summary>Numbers that are worked on at once: few enough to stay in the nearest cache.</summary>
    public const int Rows = 256;

    private const int Lanes = 4;

    /// <summary>Whether this processor multiplies and adds without rounding in between: a fit that began on one that does not must not go on here.</summary>
    public static bool IsFused => Fma.IsSupported || AdvSimd.IsSupported;

    private interface IFunction
    {
        static abstract Vector256<double> Of(Vector256<double> x);
    }

    public static void Exp(Span<double> values) => Apply<ExpFunction>(values, values);

    /// <summary>1 / (1 + e^-x), without overflow.</summary>
    public static void Sigmoid(ReadOnlySpan<double> scores, Span<double> into) => Apply<SigmoidFunction>(scores, into);

    /// <summary>log(1 + e^x).</summary>
    public static void SoftPlus(Span<double> values) => Apply<SoftPlusFunction>(values, values);

    /// <summary>Turns scores into probabilities. Class k of row i is at k * <see cref="Rows"/> + i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softmax(Span<double> block, int classes)
    {
        Span<Vector256<double>> numbers = MemoryMarshal.Cast<double, Vector256<double>>(block);
        const int Run = Rows / Lanes;
        for (int i = 0; i < Run; i++)
        {
            Vector256<double> most = numbers[i], sum = default;
            for (int k = 1; k < classes; k++)
                most = Vector256.Max(most, numbers[(k * Run) + i]);
            for (int k = 0; k < classes; k++)
                sum += numbers[(k * Run) + i] = Vector256.Exp(numbers[(k * Run) + i] - most);
            Vector256<double> share = Vector256<double>.One / sum;
            for (int k = 0; k < classes; k++)
                numbers[(k * Run) + i] *= share;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<T>(ReadOnlySpan<double> from, Span<double> into)
        where T : struct, IFunction
    {
        int whole = from.Length - (from.Length % Lanes);
        for (int i = 0; i < whole; i += Lanes)
            T.Of(Vector256.Create(from.Slice(i, Lanes))).CopyTo(into[i..]);
        if (whole == from.Length)
            return;
        Span<double> rest = stackalloc double[Lanes];
        rest.Clear();
        from[whole..].CopyTo(rest);
        T.Of(Vector256.Create((ReadOnlySpan<double>)rest)).CopyTo(rest);
        rest[..(from.Length - whole)].CopyTo(into[whole..]);
    }

    private readonly struct ExpFunction : IFunction
    {
        public static Vector256<double> Of(Vector256<double> x) => Vector256.Exp(x);
    }

    private readonly struct SigmoidFunction : IFunction
    {
        public static Vector256<double> Of(Vector256<double> x)
        {
            Vector256<double> e = Vector256.Exp(-Vector256.Abs(x));
            return Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(x, Vector256<double>.Zero), Vector256<double>.One, e) / (Vector256<double>.One + e);
        }
    }

    private readonly struct SoftPlusFunction : IFunction
    {
        public static Vector256<double> Of(Vector256<double> x) =>
            Vector256.Max(x, Vector256<double>.Zero) + Vector256.Log(Vector256<double>.One + Vector256.Exp(-Vector256.Abs(x)));
    }
}
