using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Numbers as ranks of one byte among the thresholds of their input, as <see cref="FeatureRanks"/> has them of two, lowered by 128 since vectors
/// compare signed bytes. Of the two columns of an input, missing values lowest and highest, only those that nodes ask for are made.
/// </summary>
internal sealed class ByteRanks
{
    /// <summary>No rank is above this; that of a missing value that goes right.</summary>
    public const sbyte Highest = sbyte.MaxValue;

    private const int Shift = 128;
    private const int MaxThresholds = 254;

    private readonly double[][] _thresholds;

    /// <summary>By <see cref="FeatureRanks.Column"/>; -1 where no node asks.</summary>
    private readonly int[] _columns;

    private ByteRanks(double[][] thresholds, int[] columns, int asked) => (_thresholds, _columns, Columns) = (thresholds, columns, asked);

    /// <summary>Numbers a row has.</summary>
    public int Width => _thresholds.Length;

    public int Columns { get; }

    /// <summary>Bytes besides the thresholds, which are those of <see cref="RankScorer"/>.</summary>
    public long HeldBytes => MemorySize.Object(20) + MemorySize.Array(_columns);

    /// <summary>Null where an input has more thresholds than ranks.</summary>
    /// <param name="nodes">Which ask for numbers only.</param>
    /// <param name="thresholds">Those of the nodes.</param>
    public static ByteRanks? Of(ModelArray<TreeNode> nodes, double[][] thresholds)
    {
        if (thresholds.Length is 0 or > FeatureRanks.MostInputs || thresholds.Any(t => t.Length > MaxThresholds))
            return null;
        int[] columns = new int[2 * thresholds.Length];
        columns.AsSpan().Fill(-1);
        for (int i = 0; i < nodes.Length; i++)
        {
            if (nodes[i] is { IsLeaf: false } node)
                columns[FeatureRanks.Column(node.Input, node.MissingLeft)] = 0;
        }

        int next = 0;
        foreach (ref int column in columns.AsSpan())
            column = column < 0 ? -1 : next++;
        return new ByteRanks(thresholds, columns, next);
    }

    public int Column(int input, bool missingLeft) => _columns[FeatureRanks.Column(input, missingLeft)];

    /// <summary>The rank of one of the thresholds.</summary>
    public sbyte Of(int input, double threshold) => (sbyte)(Array.BinarySearch(_thresholds[input], threshold) - Shift);

    /// <summary>Writes columns of ranks.</summary>
    /// <param name="rows">Row-major.</param>
    /// <param name="stride">From a column to the next; at least as many as rows.</param>
    public void Rank(ReadOnlySpan<double> rows, Span<sbyte> ranks, int stride)
    {
        int count = rows.Length / Width;
        for (int input = 0; input < Width; input++)
        {
            if (_thresholds[input] is not { Length: > 0 } thresholds)
                continue;
            (int left, int right) = (_columns[2 * input], _columns[(2 * input) + 1]);
            Span<sbyte> lowest = left < 0 ? default : ranks.Slice(left * stride, count);
            Span<sbyte> highest = right < 0 ? default : ranks.Slice(right * stride, count);
            Rank(thresholds, ref Unsafe.Add(ref MemoryMarshal.GetReference(rows), input), lowest.IsEmpty ? highest : lowest);
            if (!lowest.IsEmpty && !highest.IsEmpty)
                lowest.CopyTo(highest);
            Missing(rows, input, highest);
        }
    }

    /// <summary>Four searches side by side, each by halving without a direction to guess. A missing number is above no threshold.</summary>
    private void Rank(double[] thresholds, ref double first, Span<sbyte> ranks)
    {
        ref double t = ref MemoryMarshal.GetArrayDataReference(thresholds);
        int row = 0;
        for (; row + 4 <= ranks.Length; row += 4)
        {
            double x = Unsafe.Add(ref first, row * Width), y = Unsafe.Add(ref first, (row + 1) * Width), z = Unsafe.Add(ref first, (row + 2) * Width), u = Unsafe.Add(ref first, (row + 3) * Width);
            int a = 0, b = 0, c = 0, d = 0;
            for (int length = thresholds.Length; length > 1; length -= length / 2)
            {
                int half = length / 2;
                a += half & -Above(x, ref Unsafe.Add(ref t, a + half - 1));
                b += half & -Above(y, ref Unsafe.Add(ref t, b + half - 1));
                c += half & -Above(z, ref Unsafe.Add(ref t, c + half - 1));
                d += half & -Above(u, ref Unsafe.Add(ref t, d + half - 1));
            }

            ranks[row] = (sbyte)(a + Above(x, ref Unsafe.Add(ref t, a)) - Shift);
            ranks[row + 1] = (sbyte)(b + Above(y, ref Unsafe.Add(ref t, b)) - Shift);
            ranks[row + 2] = (sbyte)(c + Above(z, ref Unsafe.Add(ref t, c)) - Shift);
            ranks[row + 3] = (sbyte)(d + Above(u, ref Unsafe.Add(ref t, d)) - Shift);
        }

        for (; row < ranks.Length; row++)
            ranks[row] = (sbyte)(Below(ref t, thresholds.Length, Unsafe.Add(ref first, row * Width)) - Shift);
    }

    private static int Below(ref double thresholds, int length, double x)
    {
        int from = 0;
        for (; length > 1; length -= length / 2)
            from += length / 2 & -Above(x, ref Unsafe.Add(ref thresholds, from + (length / 2) - 1));
        return from + Above(x, ref Unsafe.Add(ref thresholds, from));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Above(double x, ref double threshold) => threshold < x ? 1 : 0;

    private void Missing(ReadOnlySpan<double> rows, int input, Span<sbyte> highest)
    {
        for (int row = 0; row < highest.Length; row++)
        {
            if (double.IsNaN(rows[(row * Width) + input]))
                highest[row] = Highest;
        }
    }
}
