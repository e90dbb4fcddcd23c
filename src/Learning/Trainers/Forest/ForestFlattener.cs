using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>
/// Turns grown trees into an ensemble whose sum is their average. A tree of several classes becomes one for each, without the nodes below
/// which its class has the same share everywhere: most classes are in few leaves of a tree, so that all of them together take little more
/// than the tree itself. Contributions do not change by that, since a node whose branches give the same moves nothing.
/// </summary>
internal sealed class ForestFlattener(ForestData data, int trees)
{
    /// <summary>A node takes 24 bytes in a file, which may have 2 GB.</summary>
    private const int MostNodes = 64_000_000;

    private readonly List<TreeNode> _nodes = [];
    private readonly List<int> _roots = [];
    private readonly List<uint> _sets = [];
    private readonly List<float> _cover = [];
    private readonly List<float> _gain = [];
    private readonly Queue<(int From, int To)> _open = new();

    /// <summary>By input: the sum of the gains of its splits.</summary>
    public double[] Gains { get; } = new double[data.Features.Length];

    public TreeEnsemble Ensemble(double[] start) => new([.. _nodes], [.. _roots], [.. _sets], start, [.. _cover], [.. _gain]);

    /// <exception cref="MlOpsException">TooLarge <c>training-too-large</c>.</exception>
    public void Add(ForestTree tree)
    {
        for (int i = 0; i < tree.Nodes.Length; i++)
        {
            if (!tree.Nodes[i].IsLeaf)
                Gains[tree.Nodes[i].Feature] += tree.Gain[i];
        }

        for (int k = 0; k < data.Outputs; k++)
            Add(tree, Answers(tree, k));
        if (_nodes.Count > MostNodes)
            throw TooLarge();
    }

    private MlOpsException TooLarge() => MlOpsException.TooLarge(
        "training-too-large",
        $"trainer 'forest': {_roots.Count / data.Outputs} of {trees} trees have {_nodes.Count:N0} nodes already, a model holds {MostNodes:N0}: raise minLeafRows, set a depth, or use fewer trees or a smaller subsample");

    private void Add(ForestTree tree, double[] answers)
    {
        _roots.Add(_nodes.Count);
        _open.Enqueue((0, Reserve(tree, 0)));
        while (_open.TryDequeue(out (int From, int To) next))
        {
            BinNode node = tree.Nodes[next.From];
            if (!double.IsNaN(answers[next.From]))
            {
                _nodes[next.To] = new TreeNode(answers[next.From], 0, 0);
                continue;
            }

            int left = Reserve(tree, node.Left);
            _nodes[next.To] = Inner(node, tree, left);
            _gain[next.To] = tree.Gain[next.From];
            _open.Enqueue((node.Left, left));
            _open.Enqueue((node.Left + 1, Reserve(tree, node.Left + 1)));
        }
    }

    /// <summary>What all leaves below a node answer, NaN where they differ.</summary>
    private double[] Answers(ForestTree tree, int output)
    {
        var answers = new double[tree.Nodes.Length];
        for (int i = answers.Length - 1; i >= 0; i--)
        {
            BinNode node = tree.Nodes[i];
            answers[i] = node.IsLeaf ? Part(tree.Leaves[(node.Feature * data.Outputs) + output])
                : answers[node.Left] == answers[node.Left + 1] ? answers[node.Left] : double.NaN;
        }

        return answers;
    }

    /// <summary>
    /// What a tree adds to the average. Numbers of that many bits add up exactly in any order, and those of shares to no more than 1,
    /// so that an average of shares is a probability.
    /// </summary>
    private double Part(double answer) => data.IsShare ? Math.Floor(answer / trees * (1L << 50)) / (1L << 50) : answer / trees;

    private int Reserve(ForestTree tree, int node)
    {
        _nodes.Add(default);
        _cover.Add(tree.Cover[node]);
        _gain.Add(0);
        return _nodes.Count - 1;
    }

    private TreeNode Inner(BinNode node, ForestTree tree, int left)
    {
        int feature = node.Feature | (node.MissingLeft ? TreeNode.MissingLeftFlag : 0);
        return data.Features[node.Feature] switch
        {
            NumberBins bins => new TreeNode(bins.Threshold(node.Cut), feature, left),
            CategoryBins bins => new TreeNode(AddSet(bins, tree.Sets[node.Cut]), feature | TreeNode.CategoryFlag, left),
            _ => throw new InvalidOperationException("a feature is a number or a category"),
        };
    }

    private int AddSet(CategoryBins bins, BinSet left)
    {
        var words = new uint[(bins.Levels + 31) / 32];
        for (int level = 0; level < bins.Levels; level++)
        {
            if (left.Contains(bins.BinOfLevel(level)))
                words[level >> 5] |= 1u << level;
        }

        int offset = _sets.Count;
        _sets.Add((uint)words.Length);
        _sets.AddRange(words);
        return offset;
    }
}
