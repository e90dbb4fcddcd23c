namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Turns grown trees, which speak of bins, into an ensemble that speaks of values and levels.</summary>
internal sealed class TreeFlattener(FeatureBins[] features, double scale)
{
    private readonly List<TreeNode> _nodes = [];
    private readonly List<int> _roots = [];
    private readonly List<uint> _sets = [];
    private readonly List<float> _cover = [];
    private readonly List<float> _gain = [];

    /// <summary>About what the trees take in a file.</summary>
    public long Bytes => (24L * _nodes.Count) + (4L * (_roots.Count + _sets.Count));

    public TreeEnsemble Ensemble(double[] start) => new(
        [.. _nodes], [.. _roots], [.. _sets], [.. start.Select(s => s * scale)], [.. _cover], [.. _gain]);

    /// <summary>Breadth first: children of one node are neighbours, and upper levels, which every row visits, share cache lines.</summary>
    public void Add(Node root)
    {
        var open = new Queue<(Node Node, int Index)>();
        _roots.Add(_nodes.Count);
        open.Enqueue((root, Reserve(root)));
        while (open.TryDequeue(out (Node Node, int Index) next))
        {
            if (next.Node.Left is null)
            {
                _nodes[next.Index] = new TreeNode(next.Node.Value * scale, 0, 0);
                continue;
            }

            int left = Reserve(next.Node.Left);
            _nodes[next.Index] = Inner(next.Node.Split!, left);
            open.Enqueue((next.Node.Left, left));
            open.Enqueue((next.Node.Right!, Reserve(next.Node.Right!)));
        }
    }

    /// <summary>Begins with the trees that another flattener of the same features had.</summary>
    public void Restore(TreeEnsemble trees)
    {
        _nodes.AddRange(trees.Nodes);
        _roots.AddRange(trees.Roots);
        _sets.AddRange(trees.Sets);
        _cover.AddRange(trees.Cover);
        _gain.AddRange(trees.Gain);
    }

    /// <summary>Takes the trees after the first few away again.</summary>
    public void Keep(int trees)
    {
        if (trees >= _roots.Count)
            return;
        int nodes = _roots[trees];
        int sets = _nodes.Skip(nodes).Where(n => n.IsCategory).Select(n => (int)n.Value).DefaultIfEmpty(_sets.Count).Min();
        _roots.RemoveRange(trees, _roots.Count - trees);
        _nodes.RemoveRange(nodes, _nodes.Count - nodes);
        _cover.RemoveRange(nodes, _cover.Count - nodes);
        _gain.RemoveRange(nodes, _gain.Count - nodes);
        _sets.RemoveRange(sets, _sets.Count - sets);
    }

    private int Reserve(Node node)
    {
        _nodes.Add(default);
        _cover.Add((float)node.Sum[1]);
        _gain.Add(node.Left is null ? 0 : (float)node.Split!.Gain);
        return _nodes.Count - 1;
    }

    private TreeNode Inner(Split split, int left)
    {
        int feature = split.Feature | (split.MissingLeft ? TreeNode.MissingLeftFlag : 0);
        return features[split.Feature] switch
        {
            NumberBins bins => new TreeNode(bins.Threshold(split.Bin), feature, left),
            CategoryBins bins => new TreeNode(AddSet(bins, split.LeftBins), feature | TreeNode.CategoryFlag, left),
            _ => throw new InvalidOperationException("a feature is a number or a category"),
        };
    }

    private int AddSet(CategoryBins bins, BinSet leftBins)
    {
        var words = new uint[(bins.Levels + 31) / 32];
        for (int level = 0; level < bins.Levels; level++)
        {
            if (leftBins.Contains(bins.BinOfLevel(level)))
                words[level >> 5] |= 1u << level;
        }

        int offset = _sets.Count;
        _sets.Add((uint)words.Length);
        _sets.AddRange(words);
        return offset;
    }
}
