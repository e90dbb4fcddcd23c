using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Scores rows by an ensemble that asks for numbers only: a row becomes ranks (<see cref="FeatureRanks"/>), then eight walks go side by side
/// (eight trees for one row, or eight rows for one tree), so that the processor waits for several nodes at once and guesses no direction.
/// Whichever way, a score is the same sum in the same order. Thread-safe.
/// Asadi, Lin and de Vries, Runtime Optimizations for Tree-Based Machine Learning Models (IEEE TKDE, 2014) walk rows so; numbers as bins of
/// an ensemble's thresholds: Ye et al., RapidScorer (KDD 2018).
/// </summary>
internal sealed class RankScorer
{
    private const int Lanes = 8;

    /// <summary>Ranks of so many rows stay in the first cache.</summary>
    private const int BlockRanks = 16 << 10;

    private readonly FeatureRanks _ranks;
    private readonly RankNode[] _nodes;
    private readonly double[] _values;
    private readonly int[] _roots;
    private readonly int _outputs;
    private readonly int _width;

    private RankScorer(TreeEnsemble trees, FeatureRanks ranks, int width)
    {
        (_ranks, _roots, _outputs, _width) = (ranks, trees.Roots, trees.Start.Length, width);
        (_nodes, _values) = (new RankNode[trees.Nodes.Length], new double[trees.Nodes.Length]);
        for (int i = 0; i < _nodes.Length; i++)
            (_nodes[i], _values[i]) = (RankNode.Of(trees.Nodes[i], i, ranks), trees.Nodes[i].Value);
    }

    public long HeldBytes => MemorySize.Object(48) + _ranks.HeldBytes + MemorySize.Array(_nodes) + MemorySize.Array(_values);

    /// <summary>Null for an ensemble that cannot be scored so.</summary>
    /// <param name="thresholds">Those of the trees' nodes.</param>
    public static RankScorer? Of(TreeEnsemble trees, double[][] thresholds) => FeatureRanks.Of(thresholds) is { } ranks ? new(trees, ranks, thresholds.Length) : null;

    /// <summary>Adds the leaves that each row comes to.</summary>
    public void Add(ReadOnlySpan<double> rows, Span<double> scores)
    {
        int count = scores.Length / _outputs;
        int block = Math.Clamp(BlockRanks / Math.Max(1, _ranks.Columns), Lanes, 256);
        ushort[] ranks = ArrayPool<ushort>.Shared.Rent(Math.Min(block, count) * _ranks.Columns);
        for (int from = 0; from < count; from += block)
        {
            int taken = Math.Min(block, count - from);
            AddBlock(rows.Slice(from * _width, taken * _width), ranks, scores.Slice(from * _outputs, taken * _outputs));
        }

        ArrayPool<ushort>.Shared.Return(ranks);
    }

    /// <summary>Trees outside, so that a tree's nodes stay in the cache for all rows; the rows left over take eight trees at a time.</summary>
    private void AddBlock(ReadOnlySpan<double> rows, Span<ushort> ranks, Span<double> scores)
    {
        int columns = _ranks.Columns;
        int count = scores.Length / _outputs;
        for (int row = 0; row < count; row++)
            _ranks.Rank(rows.Slice(row * _width, _width), ranks.Slice(row * columns, columns));
        int together = count - (count % Lanes);
        for (int tree = 0; together > 0 && tree < _roots.Length; tree++)
            AddTree(tree, ranks, scores[..(together * _outputs)]);
        for (int row = together; row < count; row++)
            AddRow(ranks[(row * columns)..], scores.Slice(row * _outputs, _outputs));
    }

    private void AddTree(int tree, ReadOnlySpan<ushort> ranks, Span<double> scores)
    {
        ref readonly ushort row = ref MemoryMarshal.GetReference(ranks);
        for (int at = tree % _outputs; at < scores.Length; at += Lanes * _outputs)
        {
            Walks walks = default;
            ((Span<int>)walks).Fill(_roots[tree]);
            Walk(ref walks, in row, _ranks.Columns);
            for (int lane = 0; lane < Lanes; lane++)
                scores[at + (lane * _outputs)] += _values[walks[lane]];
            row = ref Unsafe.Add(ref Unsafe.AsRef(in row), Lanes * _ranks.Columns);
        }
    }

    private void AddRow(ReadOnlySpan<ushort> ranks, Span<double> scores)
    {
        int output = 0;
        for (int tree = 0; tree < _roots.Length; tree += Lanes)
        {
            Walks walks = From(_roots.AsSpan(tree));
            Walk(ref walks, in MemoryMarshal.GetReference(ranks), 0);
            int last = Math.Min(Lanes, _roots.Length - tree);
            for (int lane = 0; lane < last; lane++)
            {
                scores[output] += _values[walks[lane]];
                output = output + 1 == scores.Length ? 0 : output + 1;
            }
        }
    }

    /// <summary>Where fewer trees than lanes are left, the last one is walked by several.</summary>
    private static Walks From(ReadOnlySpan<int> roots)
    {
        Walks walks = default;
        for (int lane = 0; lane < Lanes; lane++)
            walks[lane] = roots[Math.Min(lane, roots.Length - 1)];
        return walks;
    }

    /// <summary>Takes all walks from their nodes to leaves.</summary>
    /// <param name="stride">Ranks from one walk's row to the next one's.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Walk(ref Walks walks, ref readonly ushort ranks, int stride)
    {
        ref RankNode nodes = ref MemoryMarshal.GetArrayDataReference(_nodes);
        ref ushort row = ref Unsafe.AsRef(in ranks);
        int a = walks[0], b = walks[1], c = walks[2], d = walks[3], e = walks[4], f = walks[5], g = walks[6], h = walks[7];
        int moved;
        do
        {
            // A walk that is at its leaf stays there.
            moved = Step(ref nodes, ref a, ref row);
            moved |= Step(ref nodes, ref b, ref Unsafe.Add(ref row, stride));
            moved |= Step(ref nodes, ref c, ref Unsafe.Add(ref row, 2 * stride));
            moved |= Step(ref nodes, ref d, ref Unsafe.Add(ref row, 3 * stride));
            moved |= Step(ref nodes, ref e, ref Unsafe.Add(ref row, 4 * stride));
            moved |= Step(ref nodes, ref f, ref Unsafe.Add(ref row, 5 * stride));
            moved |= Step(ref nodes, ref g, ref Unsafe.Add(ref row, 6 * stride));
            moved |= Step(ref nodes, ref h, ref Unsafe.Add(ref row, 7 * stride));
        }
        while (moved != 0);
        (walks[0], walks[1], walks[2], walks[3], walks[4], walks[5], walks[6], walks[7]) = (a, b, c, d, e, f, g, h);
    }

    /// <returns>0 where the walk did not move.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Step(ref RankNode nodes, ref int at, ref ushort row)
    {
        int from = at;
        at = RankNode.Step(in nodes, from, in row);
        return at ^ from;
    }

    /// <summary>The nodes that the walks are at.</summary>
    [InlineArray(Lanes)]
    private struct Walks
    {
        private int _node;
    }
}
