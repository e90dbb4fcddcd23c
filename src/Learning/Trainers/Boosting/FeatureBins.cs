using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>How one feature falls into at most 255 histogram bins; one more, <see cref="Missing"/>, is for missing values.</summary>
internal abstract class FeatureBins(int count)
{
    /// <summary>Bins of values; they are 0..Count-1.</summary>
    public int Count { get; } = count;

    /// <summary>The bin of missing values.</summary>
    public int Missing => Count;

    public abstract byte BinOf(double value);

    /// <summary>The bins of many values, to <paramref name="bins"/> at 0, stride, 2 stride, ...</summary>
    public virtual void BinsOf(ReadOnlySpan<double> values, Span<byte> bins, int stride)
    {
        for (int i = 0; i < values.Length; i++)
            bins[i * stride] = BinOf(values[i]);
    }

    /// <summary>The same for bins that mean the same.</summary>
    public abstract ReadOnlySpan<byte> Definition { get; }
}

/// <param name="edges">Ascending; value x is in the first bin b with x &lt;= edges[b], else in the last.</param>
internal sealed class NumberBins(double[] edges) : FeatureBins(edges.Length + 1)
{
    private readonly EdgeGrid? _grid = EdgeGrid.Of(edges);
    private readonly double[] _padded = Padded(edges);
    private readonly int _half = (int)(BitOperations.RoundUpToPowerOf2((uint)edges.Length + 1) / 2);

    /// <summary>The threshold of the split "bin &lt;= b"; beyond the last edge every value is left and only missing ones are right.</summary>
    public double Threshold(int bin) => bin < edges.Length ? edges[bin] : double.MaxValue;

    /// <summary>A number of the bin, the same for all; NaN for missing ones.</summary>
    public double NumberIn(int bin) => bin == Missing ? double.NaN : Threshold(bin);

    /// <summary>Whether it tells any two numbers apart.</summary>
    public bool Divides => edges.Length > 0;

    public override ReadOnlySpan<byte> Definition => MemoryMarshal.AsBytes(edges.AsSpan());

    public override byte BinOf(double value) => double.IsNaN(value) ? (byte)Missing : (byte)Below(_padded, _half, value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void BinsOf(ReadOnlySpan<double> values, Span<byte> bins, int stride)
    {
        if (_grid is not null)
        {
            _grid.BinsOf(values, bins, stride, Missing);
            return;
        }

        (double[] padded, int half, int missing) = (_padded, _half, Missing);
        for (int i = 0; i < values.Length; i++)
        {
            double value = values[i];
            int below = Below(padded, half, value);
            bins[i * stride] = (byte)(double.IsNaN(value) ? missing : below);
        }
    }

    /// <summary>How many edges are below a value, found by halving without a branch: which way it goes nobody could guess.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Below(double[] padded, int half, double value)
    {
        ref double first = ref MemoryMarshal.GetArrayDataReference(padded);
        int below = 0;
        for (int step = half; step > 0; step >>= 1)
            below += Unsafe.Add(ref first, below + step - 1) < value ? step : 0;
        return below;
    }

    /// <summary>One number less than a power of two, the last of them infinite.</summary>
    private static double[] Padded(double[] edges)
    {
        var padded = new double[BitOperations.RoundUpToPowerOf2((uint)edges.Length + 1) - 1];
        edges.CopyTo(padded, 0);
        padded.AsSpan(edges.Length).Fill(double.PositiveInfinity);
        return padded;
    }
}

/// <summary>A bin per level; when there are more levels than bins, the rarest share the last bin.</summary>
internal sealed class CategoryBins(byte[] binOfLevel, int count) : FeatureBins(count)
{
    public int Levels => binOfLevel.Length;

    public byte BinOfLevel(int level) => binOfLevel[level];

    public override ReadOnlySpan<byte> Definition => binOfLevel;

    public override byte BinOf(double value) => double.IsNaN(value) ? (byte)Missing : binOfLevel[(int)value];

    /// <param name="rowsOfLevel">Rows in training per level.</param>
    public static CategoryBins Fit(int[] rowsOfLevel, int maximum)
    {
        var bins = new byte[rowsOfLevel.Length];
        if (bins.Length <= maximum)
        {
            for (int i = 0; i < bins.Length; i++)
                bins[i] = (byte)i;
            return new CategoryBins(bins, Math.Max(1, bins.Length));
        }

        int[] byFrequency = [.. Enumerable.Range(0, bins.Length).OrderByDescending(i => rowsOfLevel[i]).ThenBy(i => i)];
        for (int rank = 0; rank < bins.Length; rank++)
            bins[byFrequency[rank]] = (byte)Math.Min(rank, maximum - 1);
        return new CategoryBins(bins, maximum);
    }
}
