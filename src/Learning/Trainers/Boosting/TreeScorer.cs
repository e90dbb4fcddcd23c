using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Scores rows by an ensemble: shallow trees of numbers by <see cref="CompleteTrees"/>, others of numbers by <see cref="RankScorer"/>,
/// and with categories four walks side by side (four trees for one row, or four rows for one tree), so that the processor
/// waits for several nodes at once and guesses no direction. Whichever way, a score is the same sum in the same order.
/// Asadi, Lin and de Vries, Runtime Optimizations for Tree-Based Machine Learning Models (IEEE TKDE, 2014) do so with rows. Thread-safe.
/// </summary>
internal sealed class TreeScorer
{
    private const int Lanes = 4;

    private readonly TreeEnsemble _trees;
    private readonly RankScorer? _ranks;
    private readonly CompleteTrees? _complete;
    private readonly ScoringNode[] _nodes = [];
    private readonly int _width;
    private readonly bool _largeSets;

    /// <param name="width">Numbers a row has; every node's input is below it.</param>
    public TreeScorer(TreeEnsemble trees, int width)
    {
        _trees = trees;
        _width = width;
        if (Thresholds.Of(trees.Nodes, width) is { } thresholds && (_ranks = RankScorer.Of(trees, thresholds)) is not null)
        {
            _complete = CompleteTrees.Of(trees, thresholds);
            return;
        }

        _nodes = new ScoringNode[trees.Nodes.Length];
        ReadOnlySpan<uint> sets = trees.Sets.AsSpan();
        for (int i = 0; i < _nodes.Length; i++)
            _nodes[i] = ScoringNode.Of(trees.Nodes[i], i, sets);
        GC.KeepAlive(trees);
        _largeSets = Array.Exists(_nodes, n => (n.Feature & ScoringNode.LargeSetFlag) != 0);
    }

    /// <summary>Bytes it holds besides the ensemble.</summary>
    public long Bytes => MemorySize.Array(_nodes) + (_ranks?.HeldBytes ?? 0) + (_complete?.HeldBytes ?? 0);

    /// <summary>Writes the sums of the trees for each row, before any link.</summary>
    /// <param name="rows">Row-major, so many numbers a row as the width says.</param>
    /// <param name="scores">Row-major, one for each of <see cref="TreeEnsemble.Start"/>.</param>
    /// <exception cref="ArgumentException">The two do not have the same number of rows.</exception>
    public void Score(ReadOnlySpan<double> rows, Span<double> scores)
    {
        int outputs = _trees.Start.Length;
        int count = scores.Length / outputs;
        if (rows.Length != count * _width)
            throw new ArgumentException($"{rows.Length} numbers are not {count} rows of {_width}", nameof(rows));
        for (int row = 0; row < count; row++)
            _trees.Start.CopyTo(scores[(row * outputs)..]);
        if (_complete is { } complete && (complete.Rows is not null || count >= CompleteTrees.FewestRows))
            complete.Add(rows, scores);
        else if (_ranks is { } numbersOnly)
            numbersOnly.Add(rows, scores);
        else if (_largeSets)
            AddOneByOne(rows, scores, count);
        else
            Add(rows, scores, count);
    }

    /// <summary>Trees outside, so that a tree's nodes stay in the cache for all rows; the rows left over take four trees at a time.</summary>
    private void Add(ReadOnlySpan<double> rows, Span<double> scores, int count)
    {
        int outputs = _trees.Start.Length;
        int together = count - (count % Lanes);
        ref double first = ref MemoryMarshal.GetReference(rows);
        for (int tree = 0; together > 0 && tree < _trees.Roots.Length; tree++)
            AddTree(tree, ref first, scores[..(together * outputs)]);
        for (int row = together; row < count; row++)
            AddRow(ref Unsafe.Add(ref first, row * _width), scores.Slice(row * outputs, outputs));
    }

    private void AddTree(int tree, ref double row, Span<double> scores)
    {
        int root = _trees.Roots[tree];
        int outputs = _trees.Start.Length;
        Span<double> leaves = stackalloc double[Lanes];
        for (int at = tree % outputs; at < scores.Length; at += Lanes * outputs)
        {
            Walk((root, root, root, root), ref row, ref Unsafe.Add(ref row, _width), ref Unsafe.Add(ref row, 2 * _width), ref Unsafe.Add(ref row, 3 * _width), leaves);
            for (int lane = 0; lane < Lanes; lane++)
                scores[at + (lane * outputs)] += leaves[lane];
            row = ref Unsafe.Add(ref row, Lanes * _width);
        }
    }

    private void AddRow(ref double row, Span<double> scores)
    {
        ReadOnlySpan<int> roots = _trees.Roots;
        Span<double> leaves = stackalloc double[Lanes];
        int output = 0;
        for (int tree = 0; tree < roots.Length; tree += Lanes)
        {
            int last = Math.Min(Lanes, roots.Length - tree);
            // Fewer than four are left at the end: the last one is walked again.
            Walk((roots[tree], roots[Next(tree + 1)], roots[Next(tree + 2)], roots[Next(tree + 3)]), ref row, ref row, ref row, ref row, leaves);
            foreach (double leaf in leaves[..last])
            {
                scores[output] += leaf;
                output = output + 1 == scores.Length ? 0 : output + 1;
            }
        }
    }

    private int Next(int tree) => Math.Min(tree, _trees.Roots.Length - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Walk((int A, int B, int C, int D) roots, ref double rowA, ref double rowB, ref double rowC, ref double rowD, Span<double> leaves)
    {
        ref ScoringNode nodes = ref MemoryMarshal.GetArrayDataReference(_nodes);
        ref ScoringNode a = ref Unsafe.Add(ref nodes, roots.A), b = ref Unsafe.Add(ref nodes, roots.B), c = ref Unsafe.Add(ref nodes, roots.C), d = ref Unsafe.Add(ref nodes, roots.D);
        while (((a.Feature | b.Feature | c.Feature | d.Feature) & ScoringNode.InnerFlag) != 0)
        {
            a = ref Unsafe.Add(ref nodes, a.Next + ScoringNode.Right(in a, ref rowA));
            b = ref Unsafe.Add(ref nodes, b.Next + ScoringNode.Right(in b, ref rowB));
            c = ref Unsafe.Add(ref nodes, c.Next + ScoringNode.Right(in c, ref rowC));
            d = ref Unsafe.Add(ref nodes, d.Next + ScoringNode.Right(in d, ref rowD));
        }

        leaves[3] = d.Value;
        leaves[2] = c.Value;
        leaves[1] = b.Value;
        leaves[0] = a.Value;
    }

    /// <summary>Sets of more than 64 levels do not fit into a node.</summary>
    private void AddOneByOne(ReadOnlySpan<double> rows, Span<double> scores, int count)
    {
        int outputs = _trees.Start.Length;
        for (int tree = 0; tree < _trees.Roots.Length; tree++)
        {
            for (int row = 0; row < count; row++)
                scores[(row * outputs) + (tree % outputs)] += _trees.Walk(_trees.Roots[tree], rows.Slice(row * _width, _width));
        }
    }
}
