using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Where each feature's bins lie in a histogram: Count bins of values, then the bin of missing ones.</summary>
internal sealed class HistogramLayout
{
    public HistogramLayout(FeatureBins[] features)
    {
        Offsets = new int[features.Length];
        foreach ((int f, FeatureBins bins) in features.Index())
        {
            Offsets[f] = Slots;
            Slots += bins.Count + 1;
        }
    }

    public int[] Offsets { get; }

    public int Slots { get; }
}

/// <summary>Sums (gradient, hessian) per bin over the rows of a node. Sums are double, so that the order of rows hardly matters and subtraction is safe.</summary>
internal static class Histogram
{
    /// <summary>Rows one item of work sums up. Part of the result's definition: it must not depend on the number of threads.</summary>
    public const int RowsPerChunk = 16_384;

    private const int MaximumChunks = 16;

    public static int Chunks(int rows) => Math.Clamp(Workers.Ranges(rows, RowsPerChunk), 1, MaximumChunks);

    /// <summary>The rows of chunk <paramref name="chunk"/> out of <see cref="Chunks"/>.</summary>
    public static Range ChunkRange(int rows, int chunk)
    {
        int chunks = Chunks(rows);
        return (int)((long)rows * chunk / chunks)..(int)((long)rows * (chunk + 1) / chunks);
    }

    public static void Accumulate(
        Vector128<double>[] histogram,
        HistogramLayout layout,
        BinnedTable table,
        ReadOnlySpan<int> rows,
        ReadOnlySpan<GradientPair> gradients,
        ReadOnlySpan<int> features)
    {
        ref Vector128<double> slots = ref MemoryMarshal.GetArrayDataReference(histogram);
        ref int offsets = ref MemoryMarshal.GetArrayDataReference(layout.Offsets);
        ref byte bins = ref MemoryMarshal.GetArrayDataReference(table.Bins);
        foreach (int row in rows)
        {
            GradientPair pair = gradients[row];
            Vector128<double> sum = Vector128.Create(pair.Gradient, (double)pair.Hessian);
            ref byte bin = ref Unsafe.Add(ref bins, row * table.Stride);
            foreach (int feature in features)
                Unsafe.Add(ref slots, Unsafe.Add(ref offsets, feature) + Unsafe.Add(ref bin, feature)) += sum;
        }
    }

    public static void Add(Vector128<double>[] to, Vector128<double>[] more)
    {
        for (int i = 0; i < to.Length; i++)
            to[i] += more[i];
    }

    /// <summary>Turns a parent's histogram into that of the child whose sibling is given.</summary>
    public static void Subtract(Vector128<double>[] parent, Vector128<double>[] child)
    {
        for (int i = 0; i < parent.Length; i++)
            parent[i] -= child[i];
    }
}

/// <summary>Histograms to use again; cleared when handed out.</summary>
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
            if (!_free.TryPop(out Vector128<double>[]? histogram))
                return new Vector128<double>[slots];
            Array.Clear(histogram);
            return histogram;
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
