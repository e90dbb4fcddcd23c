using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Importing.Trees;

namespace MlOps.Learning.Importing.Catboost;

/// <summary>
/// One tree: symmetric, where all nodes of level i ask the same and its answer is bit i of the leaf's place, or nested. A number goes right when it is
/// above the border, in 32 bits.
/// </summary>
internal sealed class CatboostTree
{
    /// <summary>CatBoost allows 16.</summary>
    private const int MaxDepth = 20;

    private readonly List<(Place? Split, int Left, int Right, double[] Values, double Weight)> _nodes = [];

    public CatboostTree(Place tree)
    {
        if (tree.Find("leaf_values") is { } values)
            AddSymmetric(tree, values.Numbers);
        else
            AddNested(tree);
        Outputs = _nodes.First(n => n.Split is null).Values.Length;
        if (Outputs == 0 || _nodes.Any(n => n.Split is null && n.Values.Length != Outputs))
            throw ImportErrors.Damaged($"the leaves of '{tree.Path}' differ in length");
    }

    /// <summary>Numbers a leaf has.</summary>
    public int Outputs { get; }

    public SourceNode[] Nodes(CatboostInputs inputs, int output, double scale)
    {
        double[] cover = Covers();
        return [.. _nodes.Select((node, i) => node.Split is { } split ? Inner(split, node.Left, node.Right, inputs, (float)cover[i]) : SourceNode.Leaf(scale * node.Values[output], (float)cover[i]))];
    }

    private static SourceNode Inner(Place split, int left, int right, CatboostInputs inputs, float cover)
    {
        if (split.Find("split_type") is { } type && type.Text != "FloatFeature")
            throw ImportErrors.Unsupported($"'{split.Path}' divides by {type.Text}: only numbers are known");
        if (!inputs.Place.TryGetValue(split["float_feature_index"].Count, out int input))
            throw ImportErrors.Damaged($"'{split.Path}' asks for number {split["float_feature_index"].Count}, which there is not");
        return new SourceNode(SingleThreshold.AtMost((float)split["border"].Number), input, -1, !inputs.MissingRight[input], left, right, cover, 0);
    }

    private void AddSymmetric(Place tree, double[] values)
    {
        IReadOnlyList<Place> splits = tree.Find("splits")?.Items ?? [];
        int leaves = splits.Count <= MaxDepth ? 1 << splits.Count : throw ImportErrors.TooLarge("levels in a tree", splits.Count, MaxDepth);
        if (values.Length == 0 || values.Length % leaves != 0)
            throw ImportErrors.Damaged($"'{tree.Path}' has {values.Length} leaf values for {leaves} leaves");
        double[] weights = tree.Find("leaf_weights")?.NumbersOf(leaves) ?? new double[leaves];
        int outputs = values.Length / leaves;

        // Node n of a level stands for the answers in its bits; its children for the same with bit "level" 0 or 1.
        for (int level = 0; level < splits.Count; level++)
        {
            int next = (1 << (level + 1)) - 1;
            for (int answers = 0; answers < 1 << level; answers++)
                _nodes.Add((splits[level], next + answers, next + answers + (1 << level), [], 0));
        }

        for (int leaf = 0; leaf < leaves; leaf++)
            _nodes.Add((null, -1, -1, values[(leaf * outputs)..((leaf + 1) * outputs)], weights[leaf]));
    }

    private int AddNested(Place node)
    {
        int at = _nodes.Count;
        if (node.Find("value") is { } value)
        {
            _nodes.Add((null, -1, -1, value.Value is DocumentNumber number ? [number.Value] : value.Numbers, node.Find("weight")?.Number ?? 0));
            return at;
        }

        _nodes.Add(default);
        int left = AddNested(node["left"]), right = AddNested(node["right"]);
        _nodes[at] = (node["split"], left, right, [], 0);
        return at;
    }

    /// <summary>Weights of leaves, added up from the end: children stand after their parent.</summary>
    private double[] Covers()
    {
        var cover = new double[_nodes.Count];
        for (int i = _nodes.Count - 1; i >= 0; i--)
            cover[i] = _nodes[i].Split is null ? _nodes[i].Weight : cover[_nodes[i].Left] + cover[_nodes[i].Right];
        return cover;
    }
}
