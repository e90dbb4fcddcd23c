using System.Text.Json;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Exporting.Xgboost;

/// <summary>One tree as the arrays that XGBoost wants. Without nodes, where the ensemble has no tree, it is a leaf of 0.</summary>
internal sealed class XgboostTreeOut
{
    private const int NoParent = int.MaxValue;

    private readonly TreeEnsemble _trees;
    private readonly ModelSignature _signature;
    private readonly int _tree;
    private readonly int _root;
    private readonly TreeNode[] _nodes;

    public XgboostTreeOut(TreeEnsemble trees, int tree, ModelSignature signature)
    {
        (_trees, _tree, _signature) = (trees, tree, signature);
        _root = tree < trees.Roots.Length ? trees.Roots[tree] : 0;
        int end = tree + 1 < trees.Roots.Length ? trees.Roots[tree + 1] : trees.Nodes.Length;
        _nodes = tree >= trees.Roots.Length ? [default] : end > _root ? trees.Nodes[_root..end] : throw Scattered();
        if (_nodes.Any(n => !n.IsLeaf && n.Left + 1 >= end))
            throw Scattered();
    }

    /// <param name="start">What is added to every leaf.</param>
    public void Write(Utf8JsonWriter json, double start)
    {
        float[] cover = Statistics(_trees.Cover), gain = Statistics(_trees.Gain);
        json.WriteStartObject();
        XgboostJsonExport.Singles(json, "base_weights", Means(cover, start));
        WriteCategories(json);
        XgboostJsonExport.Numbers(json, "default_left", _nodes.Select(n => !n.IsLeaf && n.MissingLeft ? 1.0 : 0));
        json.WriteNumber("id", _tree);
        XgboostJsonExport.Numbers(json, "left_children", _nodes.Select(n => n.IsLeaf ? -1.0 : n.Left - _root));
        XgboostJsonExport.Singles(json, "loss_changes", gain);
        XgboostJsonExport.Numbers(json, "parents", Parents());
        XgboostJsonExport.Numbers(json, "right_children", _nodes.Select(n => n.IsLeaf ? -1.0 : n.Left + 1 - _root));
        XgboostJsonExport.Singles(json, "split_conditions", _nodes.Select(n => n.IsLeaf ? (float)(n.Value + start) : n.IsCategory ? 0 : Above(n.Value)));
        XgboostJsonExport.Numbers(json, "split_indices", _nodes.Select(n => n.IsLeaf ? 0.0 : n.Input));
        XgboostJsonExport.Numbers(json, "split_type", _nodes.Select(n => !n.IsLeaf && n.IsCategory ? 1.0 : 0));
        XgboostJsonExport.Singles(json, "sum_hessian", cover);
        json.WriteStartObject("tree_param");
        json.WriteString("num_deleted", "0");
        XgboostJsonExport.Text(json, "num_feature", _signature.Inputs.Count);
        XgboostJsonExport.Text(json, "num_nodes", _nodes.Length);
        json.WriteString("size_leaf_vector", "0");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The t with (float)x &lt; t wherever x &lt;= v: what rounds like v itself goes left as v does.</summary>
    internal static float Above(double v) => v switch
    {
        >= float.MaxValue => float.MaxValue,
        < float.MinValue => float.MinValue,
        _ => MathF.BitIncrement((float)v),
    };

    private MlOpsException Scattered() =>
        ModelExporter.Unsupported($"the nodes of tree {_tree} do not stand one behind the other, as in all files that this program writes: train the model again");

    private float[] Statistics(ModelArray<float> all) => _tree < _trees.Roots.Length ? [.. all.Slice(_root, _nodes.Length).Select(v => float.IsFinite(v) ? v : 0)] : [0];

    private double[] Parents()
    {
        var parents = new double[_nodes.Length];
        parents[0] = NoParent;
        for (int i = 0; i < _nodes.Length; i++)
        {
            if (!_nodes[i].IsLeaf)
                parents[_nodes[i].Left - _root] = parents[_nodes[i].Left + 1 - _root] = i;
        }

        return parents;
    }

    /// <summary>The mean of the leaves below each node by cover, which XGBoost's approximate contributions start from. Children stand after their parent.</summary>
    private float[] Means(float[] cover, double start)
    {
        var means = new float[_nodes.Length];
        for (int i = _nodes.Length - 1; i >= 0; i--)
        {
            (TreeNode node, int left) = (_nodes[i], _nodes[i].Left - _root);
            double both = node.IsLeaf ? 0 : cover[left] + cover[left + 1];
            means[i] = node.IsLeaf ? (float)(node.Value + start)
                : both > 0 ? (float)(((means[left] * (double)cover[left]) + (means[left + 1] * (double)cover[left + 1])) / both)
                : (means[left] + means[left + 1]) / 2;
        }

        return means;
    }

    private void WriteCategories(Utf8JsonWriter json)
    {
        List<double> nodes = [], begins = [], sizes = [], codes = [];
        for (int i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i].IsLeaf || !_nodes[i].IsCategory)
                continue;
            int levels = _signature.Inputs[_nodes[i].Input].Levels!.Count;
            double[] right = [.. Enumerable.Range(0, levels).Where(level => !GoesLeft(_nodes[i], level)).Select(level => (double)level)];
            nodes.Add(i);
            begins.Add(codes.Count);
            // A set without members is none to XGBoost; no level has this code.
            codes.AddRange(right.Length > 0 ? right : [levels]);
            sizes.Add(codes.Count - begins[^1]);
        }

        XgboostJsonExport.Numbers(json, "categories", codes);
        XgboostJsonExport.Numbers(json, "categories_nodes", nodes);
        XgboostJsonExport.Numbers(json, "categories_segments", begins);
        XgboostJsonExport.Numbers(json, "categories_sizes", sizes);
    }

    private bool GoesLeft(TreeNode node, int level)
    {
        int set = (int)node.Value, word = level >> 5;
        return word < _trees.Sets[set] && ((_trees.Sets[set + 1 + word] >> level) & 1) != 0;
    }
}
