using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Linear;

/// <summary>Vector sums of fixed width 4, so that rounding is the same on every machine.</summary>
internal static class Vectors
{
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector256<double>> left = MemoryMarshal.Cast<double, Vector256<double>>(a);
        ReadOnlySpan<Vector256<double>> right = MemoryMarshal.Cast<double, Vector256<double>>(b[..a.Length]);
        Vector256<double> sums = default;
        for (int i = 0; i < left.Length; i++)
            sums += left[i] * right[i];
        double sum = sums[0] + sums[1] + (sums[2] + sums[3]);
        for (int i = left.Length * 4; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>to += by * more.</summary>
    public static void AddScaled(Span<double> to, ReadOnlySpan<double> more, double by)
    {
        Span<Vector256<double>> sums = MemoryMarshal.Cast<double, Vector256<double>>(to);
        ReadOnlySpan<Vector256<double>> terms = MemoryMarshal.Cast<double, Vector256<double>>(more[..to.Length]);
        for (int i = 0; i < sums.Length; i++)
            sums[i] += terms[i] * by;
        for (int i = sums.Length * 4; i < to.Length; i++)
            to[i] += more[i] * by;
    }

    public static void Scale(Span<double> values, double by)
    {
        foreach (ref double value in values)
            value *= by;
    }

    public static double LargestMagnitude(ReadOnlySpan<double> values)
    {
        double most = 0;
        foreach (double value in values)
            most = Math.Max(most, Math.Abs(value));
        return most;
    }
}
