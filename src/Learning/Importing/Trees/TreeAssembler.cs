using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing.Trees;

/// <summary>
/// Puts trees from elsewhere into our layout: breadth first, the children of a node side by side and after it, one tree behind the other, so
/// that tree t adds to output t % outputs. An output with fewer trees than others gets empty ones.
/// </summary>
/// <param name="inputs">Every node must ask for one of so many.</param>
/// <param name="memory">Bytes that the loaded trees may take.</param>
internal sealed class TreeAssembler(int inputs, int outputs, long memory = ImportOptions.DefaultMemory)
{
    /// <summary>Libraries grow trees of some tens; what walks a path for every node would walk for ever in one that is a chain.</summary>
    public const int MaxDepth = 1000;

    private const int MaxOutputs = 10_000;

    /// <summary>Empty trees may take so many nodes, or four times those of the others: nobody trains for one output what adds up to much more for the rest.</summary>
    private const int FreePadding = 1_000_000;

    /// <summary>Of a node in memory: itself, cover and gain, and what <see cref="RankScorer"/> keeps of it.</summary>
    private const int BytesOfNode = 48;

    /// <summary>Of a node in a model file.</summary>
    private const int FileBytesOfNode = 24;

    /// <summary>What is left of the largest array for a model file's header.</summary>
    private const int MaxFileBytes = int.MaxValue - (256 << 20);

    /// <summary>Words of all sets of levels together: 256 MiB.</summary>
    private const long MaxSetWords = 64L << 20;

    private readonly List<List<SourceNode[]>> _trees = [.. Enumerable.Range(0, CheckedOutputs(outputs)).Select(_ => new List<SourceNode[]>())];
    private readonly List<uint> _sets = [];
    private readonly double[] _gain = new double[inputs];
    private long _nodes;

    /// <summary>Adds a set of levels, which go left.</summary>
    /// <param name="bits">One for every level that the input has.</param>
    public int AddSet(ReadOnlySpan<uint> bits)
    {
        long words = _sets.Count + bits.Length + 1L;
        if (words > MaxSetWords)
            throw ImportErrors.TooLarge("words of category sets", words, MaxSetWords);
        if (words * sizeof(uint) > memory)
            throw ImportErrors.Memory("its sets of categories", words * sizeof(uint), memory);
        int at = _sets.Count;
        _sets.Add((uint)bits.Length);
        _sets.AddRange(bits);
        return at;
    }

    /// <summary>Adds the tree whose root is the first node; nodes that nothing leads to are left out.</summary>
    /// <param name="name">For messages: <c>tree 3</c>.</param>
    public void Add(int output, IReadOnlyList<SourceNode> nodes, string name)
    {
        if ((uint)output >= outputs)
            throw ImportErrors.Damaged($"{name} adds to output {output}, there are {outputs}");
        _nodes += nodes.Count;
        CheckMemory(_nodes);
        SourceNode[] tree = Ordered(nodes, name);
        foreach (SourceNode node in tree)
        {
            if (!node.IsLeaf && float.IsFinite(node.Gain))
                _gain[node.Input] += Math.Max(0, node.Gain);
        }

        _trees[output].Add(tree);
    }

    public TreeEnsemble Build(double[] start)
    {
        int rounds = _trees.Max(t => t.Count);
        long read = _trees.Sum(output => output.Sum(tree => (long)tree.Length)), empty = _trees.Sum(output => (long)rounds - output.Count);
        CheckSize(read, empty, (long)rounds * outputs);
        var layout = new Layout((int)(read + empty), rounds * outputs);
        for (int round = 0; round < rounds; round++)
        {
            foreach (List<SourceNode[]> trees in _trees)
                layout.Add(round < trees.Count ? trees[round] : [SourceNode.Leaf(0)]);
        }

        return new TreeEnsemble(layout.Nodes, layout.Roots, [.. _sets], start, layout.Cover, layout.Gain);
    }

    /// <summary>By gain, largest first; empty where the source has none.</summary>
    public IReadOnlyList<FeatureImportance> Importance(IReadOnlyList<FeatureSignature> signature)
    {
        double sum = _gain.Sum();
        return sum > 0 && double.IsFinite(sum)
            ? [.. signature.Select((input, i) => new FeatureImportance(input.Name, _gain[i] / sum)).OrderByDescending(f => f.Share)]
            : [];
    }

    private void CheckSize(long read, long empty, long roots)
    {
        if (empty > FreePadding + (4 * read))
            throw ImportErrors.Damaged($"one of its {outputs:N0} outputs has {_trees.Max(t => t.Count):N0} trees, all together have {_trees.Sum(t => t.Count):N0}");
        CheckMemory(read + empty);
        long file = ((read + empty) * FileBytesOfNode) + ((roots + _sets.Count) * sizeof(int));
        if (file > MaxFileBytes)
            throw ImportErrors.TooLarge("bytes of trees", file, MaxFileBytes);
    }

    private void CheckMemory(long nodes)
    {
        if (nodes * BytesOfNode > memory)
            throw ImportErrors.Memory($"its {nodes:N0} nodes", nodes * BytesOfNode, memory);
    }

    private static int CheckedOutputs(int outputs) => outputs <= MaxOutputs ? outputs : throw ImportErrors.TooLarge("outputs", outputs, MaxOutputs);

    private SourceNode[] Ordered(IReadOnlyList<SourceNode> nodes, string name)
    {
        var ordered = new List<SourceNode>(nodes.Count);
        var seen = new bool[nodes.Count];
        var open = new Queue<int>();
        Reach(0);
        int depth = 0, levelEnd = 1;
        for (int next = 1; open.TryDequeue(out int at);)
        {
            if (ordered.Count == levelEnd)
                (depth, levelEnd) = (depth + 1, next);
            if (depth > MaxDepth)
                throw TooDeep(name);
            SourceNode node = nodes[at];
            if (node.IsLeaf)
            {
                ordered.Add(node);
                continue;
            }

            Check(node, at, name);
            Reach(node.Left);
            Reach(node.Right);
            ordered.Add(node with { Left = next, Right = next + 1 });
            next += 2;
        }

        return [.. ordered];

        void Reach(int node)
        {
            if ((uint)node >= nodes.Count || seen[node])
                throw ImportErrors.Damaged($"{name} has {nodes.Count:N0} nodes and points to node {node} {((uint)node < nodes.Count ? "more than once" : "outside of it")}");
            seen[node] = true;
            open.Enqueue(node);
        }
    }

    /// <summary>For a model that is in our layout already.</summary>
    public static void CheckDepth(TreeEnsemble trees)
    {
        var depth = new ushort[trees.Nodes.Length];
        for (int i = 0; i < depth.Length; i++)
        {
            TreeNode node = trees.Nodes[i];
            if (node.IsLeaf)
                continue;
            if (depth[i] == MaxDepth)
                throw TooDeep($"the tree of node {i}");
            depth[node.Left] = depth[node.Left + 1] = (ushort)(depth[i] + 1);
        }
    }

    private static MlOpsException TooDeep(string name) => ImportErrors.Unsupported(
        $"{name} has paths of more than {MaxDepth:N0} nodes, which are not walked here: train with a limit on depth or leaves (XGBoost and LightGBM max_depth, scikit-learn max_depth)");

    private void Check(SourceNode node, int at, string name)
    {
        if ((uint)node.Input >= inputs)
            throw ImportErrors.Damaged($"node {at} of {name} asks for input {node.Input}, there are {inputs}");
        if (node.Set < 0 && double.IsNaN(node.Value))
            throw ImportErrors.Damaged($"node {at} of {name} divides at NaN");
    }

    /// <summary>The arrays of an ensemble while they fill.</summary>
    private sealed class Layout(int nodes, int trees)
    {
        private int _node;
        private int _tree;

        public TreeNode[] Nodes { get; } = new TreeNode[nodes];

        public int[] Roots { get; } = new int[trees];

        public float[] Cover { get; } = new float[nodes];

        public float[] Gain { get; } = new float[nodes];

        public void Add(SourceNode[] tree)
        {
            int root = _node;
            Roots[_tree++] = root;
            foreach (SourceNode node in tree)
            {
                int flags = (node.Set >= 0 ? TreeNode.CategoryFlag : 0) | (node.MissingLeft ? TreeNode.MissingLeftFlag : 0);
                Nodes[_node] = node.IsLeaf ? new TreeNode(node.Value, 0, 0) : new TreeNode(node.Set >= 0 ? node.Set : node.Value, node.Input | flags, root + node.Left);
                Cover[_node] = node.Cover;
                Gain[_node++] = node.IsLeaf ? 0 : node.Gain;
            }
        }
    }
}
