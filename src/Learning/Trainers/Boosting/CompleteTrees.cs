using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Scores blocks of rows by an ensemble of shallow trees that ask for numbers, 32 rows in the lanes of a vector: every node of a tree, laid out
/// complete, is asked at once for all of them, and from the lowest level up the answers choose between the leaves below, without a step
/// that depends on the one before. A tree of depth 6 so takes a row a few cycles. Rows are ranks of one byte (<see cref="FeatureRanks"/> says
/// why), columns side by side. A score is the same sum in the same order as by any other way. Thread-safe.
/// Comparing all nodes with vectors of rows: Ye et al., RapidScorer (KDD 2018), after Lucchese et al., QuickScorer (SIGIR 2015).
/// </summary>
internal sealed class CompleteTrees
{
    /// <summary>Fewer rows than these are better walked.</summary>
    public const int FewestRows = 8;

    private const int Lanes = 32;
    private const int Block = 128;

    /// <summary>So that a leaf's number is a byte.</summary>
    private const int MaxDepth = 8;

    /// <summary>Leaves of the layout: so many a node, and so many besides. Trees of 22 leaves or more always fit.</summary>
    private const int LeavesANode = 6, FewLeaves = 4096;

    private readonly ByteRanks _ranks;
    private readonly CompleteTree[] _trees;
    private readonly Question[] _questions;
    private readonly double[] _leaves;
    private readonly int _outputs;

    private CompleteTrees(TreeEnsemble trees, ByteRanks ranks, int[] depths)
    {
        (_ranks, _outputs, _trees) = (ranks, trees.Start.Length, new CompleteTree[depths.Length]);
        var questions = new List<Question>();
        var leaves = new List<double>();
        for (int tree = 0; tree < depths.Length; tree++)
        {
            _trees[tree] = new CompleteTree(depths[tree], questions.Count, leaves.Count);
            Place(trees, trees.Roots[tree], depths[tree], questions, leaves);
        }

        (_questions, _leaves) = ([.. questions], [.. leaves]);
        Rows = NodeAnswers.Of(ranks, _trees, at => (_questions[at].Offset / Block, _questions[at].Rank), _leaves, _outputs);
    }

    public long HeldBytes =>
        MemorySize.Object(48) + _ranks.HeldBytes + MemorySize.Array(_trees) + MemorySize.Array(_questions) + MemorySize.Array(_leaves) + (Rows?.HeldBytes ?? 0);

    /// <summary>Null for an ensemble that cannot be scored so: deeper trees, more thresholds of an input than a byte ranks, or a layout that takes much more memory than the nodes.</summary>
    /// <param name="trees">Which ask for numbers only.</param>
    /// <param name="thresholds">Those of the trees' nodes.</param>
    public static CompleteTrees? Of(TreeEnsemble trees, double[][] thresholds)
    {
        if (!Vector256.IsHardwareAccelerated || DepthsOf(trees) is not { } depths)
            return null;
        return ByteRanks.Of(trees.Nodes, thresholds) is { } ranks ? new(trees, ranks, depths) : null;
    }

    /// <summary>
    /// Null where a tree is too deep, or the layout too large for the nodes: of chains, or of trees that share nodes, as a file may have them,
    /// of which a few bytes would take thousands. Stops where more nodes were seen than there are, since only shared ones are seen twice.
    /// </summary>
    private static int[]? DepthsOf(TreeEnsemble trees)
    {
        var depths = new int[trees.Roots.Length];
        long seen = 0, leaves = 0, most = FewLeaves + ((long)LeavesANode * trees.Nodes.Length);
        for (int tree = 0; tree < depths.Length; tree++)
        {
            depths[tree] = DepthOf(trees.Nodes, trees.Roots[tree], ref seen);
            leaves += 1L << depths[tree];
            if (depths[tree] > MaxDepth || seen > trees.Nodes.Length || leaves > most)
                return null;
        }

        return depths;
    }

    /// <summary>The same trees for few rows, one at a time; null where the processor or the trees do not allow it.</summary>
    public NodeAnswers? Rows { get; }

    /// <summary>Adds the leaves that each row comes to.</summary>
    public void Add(ReadOnlySpan<double> rows, Span<double> scores)
    {
        int count = scores.Length / _outputs;
        if (count < FewestRows && Rows is { } oneByOne)
        {
            for (int row = 0; row < count; row++)
                oneByOne.Add(rows.Slice(row * _ranks.Width, _ranks.Width), scores.Slice(row * _outputs, _outputs), Avx512Vbmi.IsSupported);
            return;
        }

        sbyte[] ranks = ArrayPool<sbyte>.Shared.Rent(Math.Max(1, _ranks.Columns) * Block);
        for (int from = 0; from < count; from += Block)
        {
            int taken = Math.Min(Block, count - from);
            _ranks.Rank(rows.Slice(from * _ranks.Width, taken * _ranks.Width), ranks, Block);
            AddBlock(ref MemoryMarshal.GetArrayDataReference(ranks), scores.Slice(from * _outputs, taken * _outputs));
        }

        ArrayPool<sbyte>.Shared.Return(ranks);
    }

    private void AddBlock(ref sbyte ranks, Span<double> scores)
    {
        Span<Vector256<sbyte>> room = stackalloc Vector256<sbyte>[1 << (MaxDepth - 1)];
        ref Vector256<sbyte> chosen = ref MemoryMarshal.GetReference(room);
        for (int tree = 0; tree < _trees.Length; tree++)
        {
            CompleteTree layout = _trees[tree];
            for (int row = tree % _outputs, at = 0; row < scores.Length; row += Lanes * _outputs, at += Lanes)
            {
                Choose(layout, ref Unsafe.Add(ref ranks, at), ref chosen);
                AddLeaves(layout.FirstLeaf, ref chosen, scores[row..]);
            }
        }
    }

    /// <summary>Leaves the number of each row's leaf in the first vector.</summary>
    private void Choose(CompleteTree layout, ref sbyte ranks, ref Vector256<sbyte> chosen)
    {
        if (layout.Depth == 0)
        {
            chosen = default;
            return;
        }

        ref Question root = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_questions), layout.FirstQuestion);
        int nodes = 1 << (layout.Depth - 1);
        for (int j = 0; j < nodes; j++)
            Unsafe.Add(ref chosen, j) = Vector256.Create((sbyte)(2 * j)) - Right(ref Unsafe.Add(ref root, nodes - 1 + j), ref ranks);
        for (nodes >>= 1; nodes > 0; nodes >>= 1)
        {
            for (int j = 0; j < nodes; j++)
            {
                Vector256<sbyte> right = Right(ref Unsafe.Add(ref root, nodes - 1 + j), ref ranks);
                Unsafe.Add(ref chosen, j) = Either(Unsafe.Add(ref chosen, 2 * j), Unsafe.Add(ref chosen, (2 * j) + 1), right);
            }
        }
    }

    private void AddLeaves(int firstLeaf, ref Vector256<sbyte> chosen, Span<double> scores)
    {
        ref byte numbers = ref Unsafe.As<Vector256<sbyte>, byte>(ref chosen);
        ref double leaves = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_leaves), firstLeaf);
        for (int lane = 0, at = 0; lane < Lanes && at < scores.Length; lane++, at += _outputs)
            scores[at] += Unsafe.Add(ref leaves, Unsafe.Add(ref numbers, lane));
    }

    /// <summary>All bits where a row goes right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Right(ref Question question, ref sbyte ranks) =>
        Vector256.GreaterThan(Vector256.LoadUnsafe(ref ranks, (nuint)question.Offset), Vector256.Create(question.Rank));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Either(Vector256<sbyte> left, Vector256<sbyte> right, Vector256<sbyte> goesRight) =>
        Avx2.IsSupported ? Avx2.BlendVariable(left, right, goesRight) : Vector256.ConditionalSelect(goesRight, right, left);

    /// <summary>The nodes of a tree level by level; below a leaf that is no lowest one all questions have one answer.</summary>
    private void Place(TreeEnsemble trees, int root, int depth, List<Question> questions, List<double> leaves)
    {
        int[] level = [root];
        for (int d = 0; d < depth; d++)
        {
            foreach (int node in level)
                questions.Add(trees.Nodes[node].IsLeaf ? new(0, ByteRanks.Highest) : Ask(trees.Nodes[node]));
            level = [.. level.SelectMany(node => trees.Nodes[node].IsLeaf ? (int[])[node, node] : [trees.Nodes[node].Left, trees.Nodes[node].Left + 1])];
        }

        leaves.AddRange(level.Select(node => trees.Nodes[node].Value));
    }

    private Question Ask(TreeNode node) => new(_ranks.Column(node.Input, node.MissingLeft) * Block, _ranks.Of(node.Input, node.Value));

    /// <summary>Looks no deeper than one below what is allowed, since a tree of another tool may be deeper than a stack.</summary>
    private static int DepthOf(ModelArray<TreeNode> nodes, int node, ref long seen, int above = 0)
    {
        seen++;
        return nodes[node].IsLeaf || above > MaxDepth
            ? 0
            : 1 + Math.Max(DepthOf(nodes, nodes[node].Left, ref seen, above + 1), DepthOf(nodes, nodes[node].Left + 1, ref seen, above + 1));
    }

    /// <summary>Right where the rank in a column, of which the offset in the block is kept, is above this one.</summary>
    private readonly record struct Question(int Offset, sbyte Rank);
}
