using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Functions of many numbers, four at a time. Whatever a span's length, a number's result is the same.</summary>
internal static class BlockMath
{
    /// <summary>Numbers that are worked on at once: few enough to stay in the nearest cache.</summary>
    public const int Rows = 256;

    private const int Lanes = 4;

    private delegate Vector256<double> Function(Vector256<double> x);

    public static void Exp(Span<double> values) => Apply(values, values, Vector256.Exp);

    /// <summary>1 / (1 + e^-x), without overflow.</summary>
    public static void Sigmoid(ReadOnlySpan<double> scores, Span<double> into) => Apply(scores, into, static x =>
    {
        Vector256<double> e = Vector256.Exp(-Vector256.Abs(x));
        return Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(x, Vector256<double>.Zero), Vector256<double>.One, e) / (Vector256<double>.One + e);
    });

    /// <summary>log(1 + e^x).</summary>
    public static void SoftPlus(Span<double> values) => Apply(values, values, static x =>
        Vector256.Max(x, Vector256<double>.Zero) + Vector256.Log(Vector256<double>.One + Vector256.Exp(-Vector256.Abs(x))));

    /// <summary>Turns scores into probabilities. Class k of row i is at k * <see cref="Rows"/> + i.</summary>
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

    private static void Apply(ReadOnlySpan<double> from, Span<double> into, Function function)
    {
        int whole = from.Length - (from.Length % Lanes);
        for (int i = 0; i < whole; i += Lanes)
            function(Vector256.Create(from.Slice(i, Lanes))).CopyTo(into[i..]);
        if (whole == from.Length)
            return;
        Span<double> rest = stackalloc double[Lanes];
        rest.Clear();
        from[whole..].CopyTo(rest);
        function(Vector256.Create((ReadOnlySpan<double>)rest)).CopyTo(rest);
        rest[..(from.Length - whole)].CopyTo(into[whole..]);
    }
}
