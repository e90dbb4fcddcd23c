using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Scores single rows by trees of at most six levels that ask for numbers: the row's ranks (<see cref="ByteRanks"/>) lie in a vector, a shuffle
/// brings to every node of a tree the rank of its column, one comparison answers them all, and the way down to the leaf only reads bits. What is
/// read lies side by side, so that it comes in time where other work has emptied the cache, as it has in a server. A score is the same sum in
/// the same order as by any other way. Thread-safe.
/// </summary>
internal sealed class NodeAnswers
{
    /// <summary>A complete tree of so many levels has a node for each lane but the first.</summary>
    public const int MaxDepth = 6;

    /// <summary>Nodes of a tree, from the root at 1; the children of n are 2n and 2n + 1.</summary>
    private const int Lanes = 64;

    private const int MaxColumns = 64;

    /// <summary>Ranks that a shuffle chooses from.</summary>
    private const int TableSize = 16;

    private readonly ByteRanks _ranks;
    private readonly CompleteTree[] _trees;
    private readonly double[] _leaves;
    private readonly int _outputs;
    private readonly sbyte[] _columns;
    private readonly sbyte[] _nodeRanks;

    private NodeAnswers(ByteRanks ranks, CompleteTree[] trees, double[] leaves, int outputs)
    {
        (_ranks, _trees, _leaves, _outputs) = (ranks, trees, leaves, outputs);
        (_columns, _nodeRanks) = (new sbyte[trees.Length * Lanes], new sbyte[trees.Length * Lanes]);
    }

    public long HeldBytes => MemorySize.Object(48) + MemorySize.Array(_columns) + MemorySize.Array(_nodeRanks);

    /// <summary>Null for trees that cannot be scored so: deeper ones, more columns than lanes, or a processor without the instructions.</summary>
    /// <param name="question">Column and rank of a node, by its number among all: trees one behind the other, their nodes level by level.</param>
    /// <param name="leaves">The complete trees' leaves.</param>
    public static NodeAnswers? Of(ByteRanks ranks, CompleteTree[] trees, Func<int, (int Column, sbyte Rank)> question, double[] leaves, int outputs)
    {
        if (!Avx2.IsSupported || ranks.Columns > MaxColumns || trees.Any(t => t.Depth > MaxDepth))
            return null;
        var answers = new NodeAnswers(ranks, trees, leaves, outputs);
        for (int tree = 0; tree < trees.Length; tree++)
        {
            for (int node = 1; node < 1 << trees[tree].Depth; node++)
            {
                (int column, sbyte rank) = question(trees[tree].FirstQuestion + node - 1);
                (answers._columns[(tree * Lanes) + node], answers._nodeRanks[(tree * Lanes) + node]) = ((sbyte)column, rank);
            }
        }

        return answers;
    }

    /// <summary>Adds the leaves that the row comes to.</summary>
    /// <param name="scores">The row's, one for each output.</param>
    /// <param name="isWide">Whether all nodes of a tree are asked by one instruction; for tests, since it is a matter of the processor.</param>
    public void Add(ReadOnlySpan<double> row, Span<double> scores, bool isWide)
    {
        Span<sbyte> ranks = stackalloc sbyte[MaxColumns];
        _ranks.Rank(row, ranks, stride: 1);
        if (isWide)
            AddWide(ranks, scores);
        else
            AddNarrow(ranks, scores);
    }

    private void AddWide(ReadOnlySpan<sbyte> ranks, Span<double> scores)
    {
        Vector512<sbyte> row = Vector512.Create(ranks);
        ref sbyte columns = ref MemoryMarshal.GetArrayDataReference(_columns), nodes = ref MemoryMarshal.GetArrayDataReference(_nodeRanks);
        for (int tree = 0, output = 0; tree < _trees.Length; tree++)
        {
            nuint at = (nuint)tree * Lanes;
            Vector512<sbyte> asked = Avx512Vbmi.PermuteVar64x8(row, Vector512.LoadUnsafe(ref columns, at));
            scores[output] += Leaf(tree, Vector512.GreaterThan(asked, Vector512.LoadUnsafe(ref nodes, at)).ExtractMostSignificantBits());
            output = output + 1 == _outputs ? 0 : output + 1;
        }
    }

    private void AddNarrow(ReadOnlySpan<sbyte> ranks, Span<double> scores)
    {
        Span<Vector256<sbyte>> tables = stackalloc Vector256<sbyte>[MaxColumns / TableSize];
        tables = tables[..Math.Max(1, (_ranks.Columns + TableSize - 1) / TableSize)];
        for (int t = 0; t < tables.Length; t++)
        {
            var table = Vector128.Create(ranks.Slice(t * TableSize, TableSize));
            tables[t] = Vector256.Create(table, table);
        }

        for (int tree = 0, output = 0; tree < _trees.Length; tree++)
        {
            nuint at = (nuint)tree * Lanes;
            scores[output] += Leaf(tree, Right(tables, at) | ((ulong)Right(tables, at + (Lanes / 2)) << (Lanes / 2)));
            output = output + 1 == _outputs ? 0 : output + 1;
        }
    }

    /// <summary>A bit for each of 32 nodes: whether the row goes right there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Right(ReadOnlySpan<Vector256<sbyte>> tables, nuint at)
    {
        Vector256<byte> columns = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_columns), at).AsByte();
        Vector256<sbyte> asked = default;
        foreach (Vector256<sbyte> table in tables)
        {
            // A column outside of this table gets its highest bit set, for which the shuffle gives 0.
            asked |= Avx2.Shuffle(table, Avx2.AddSaturate(columns, Vector256.Create((byte)0x70)).AsSByte());
            columns -= Vector256.Create((byte)TableSize);
        }

        return Vector256.GreaterThan(asked, Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_nodeRanks), at)).ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Leaf(int tree, ulong right)
    {
        CompleteTree complete = _trees[tree];
        int node = 1;
        for (int level = 0; level < complete.Depth; level++)
            node = (2 * node) + (int)((right >> node) & 1);
        return _leaves[complete.FirstLeaf + node - (1 << complete.Depth)];
    }
}
