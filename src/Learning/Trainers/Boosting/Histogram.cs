using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Sums (gradient, hessian) per bin over the rows of a node. They are multiples of <see cref="GradientUnits"/> below 2^53 of them, so that
/// double adds and subtracts them without rounding: what is empty is 0, and no order of summing shows.
/// </summary>
internal static class Histogram
{
    /// <summary>Rows one item of work sums up.</summary>
    private const int RowsPerChunk = 32_768;

    private const int MaximumChunks = 8;

    public static int Chunks(int rows) => Math.Clamp(Workers.Ranges(rows, RowsPerChunk), 1, MaximumChunks);

    /// <summary>The rows of chunk <paramref name="chunk"/> out of <see cref="Chunks"/>.</summary>
    public static Range ChunkRange(int rows, int chunk)
    {
        int chunks = Chunks(rows);
        return (int)((long)rows * chunk / chunks)..(int)((long)rows * (chunk + 1) / chunks);
    }

    /// <summary>Moves the sums of a block into a histogram, in place of what it held or on top of it, and leaves the block at 0.</summary>
    public static void Take(Span<long> block, Vector128<double>[] histogram, HistogramLayout layout, FeatureBins[] features, ReadOnlySpan<int> taken, GradientUnits units, bool replace)
    {
        foreach (int feature in taken)
        {
            int slots = HistogramLayout.Even(features[feature].Count + 1);
            Span<long> from = block.Slice(feature * layout.Run, slots);
            Take(from, histogram.AsSpan(layout.Offsets[feature], slots), units, replace);
            from.Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Vector128<double>[] to, Vector128<double>[] more)
    {
        Span<Vector256<double>> sums = MemoryMarshal.Cast<Vector128<double>, Vector256<double>>(to.AsSpan());
        ReadOnlySpan<Vector256<double>> added = MemoryMarshal.Cast<Vector128<double>, Vector256<double>>(more.AsSpan());
        for (int i = 0; i < sums.Length && i < added.Length; i++)
            sums[i] += added[i];
    }

    /// <summary>Turns a parent's histogram into that of the child whose sibling is given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Subtract(Vector128<double>[] parent, Vector128<double>[] child)
    {
        Span<Vector256<double>> sums = MemoryMarshal.Cast<Vector128<double>, Vector256<double>>(parent.AsSpan());
        ReadOnlySpan<Vector256<double>> less = MemoryMarshal.Cast<Vector128<double>, Vector256<double>>(child.AsSpan());
        for (int i = 0; i < sums.Length && i < less.Length; i++)
            sums[i] -= less[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Take(ReadOnlySpan<long> from, Span<Vector128<double>> to, GradientUnits units, bool replace)
    {
        ReadOnlySpan<Vector128<int>> pairs = MemoryMarshal.Cast<long, Vector128<int>>(from);
        Span<Vector256<double>> sums = MemoryMarshal.Cast<Vector128<double>, Vector256<double>>(to);
        Vector256<double> unit = Vector256.Create(units.Gradient, units.Hessian, units.Gradient, units.Hessian);
        for (int i = 0; i < pairs.Length && i < sums.Length; i++)
        {
            Vector256<double> read = Wide(pairs[i]) * unit;
            sums[i] = replace ? read : sums[i] + read;
        }
    }

    /// <summary>Two words of (hessian, gradient) as (gradient, hessian, gradient, hessian).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Wide(Vector128<int> words)
    {
        Vector128<int> turned = Vector128.Shuffle(words, Vector128.Create(1, 0, 3, 2));
        if (Avx.IsSupported)
            return Avx.ConvertToVector256Double(turned);
        (Vector128<long> low, Vector128<long> high) = Vector128.Widen(turned);
        return Vector256.Create(Vector128.ConvertToDouble(low), Vector128.ConvertToDouble(high));
    }
}

/// <summary>Histograms to use again; not cleared.</summary>
internal sealed class HistogramPool(int slots)
{
    private readonly Stack<Vector128<double>[]> _free = new();

    /// <summary>Handed out and not given back.</summary>
    public int Rented { get; private set; }

    public Vector128<double>[] Rent()
    {
        lock (_free)
        {
            Rented++;
            return _free.TryPop(out Vector128<double>[]? histogram) ? histogram : new Vector128<double>[slots];
        }
    }

    public void Return(Vector128<double>[] histogram)
    {
        lock (_free)
        {
            Rented--;
            _free.Push(histogram);
        }
    }
}
