namespace MlOps.Learning.Exporting.Onnx;

/// <summary>The parallel lists that a TreeEnsembleRegressor is made of.</summary>
internal sealed class OnnxNodesOut
{
    private readonly List<long> _trees = [], _ids = [], _features = [], _true = [], _false = [], _missing = [];
    private readonly List<float> _values = [], _cover = [];
    private readonly List<string> _modes = [];
    private readonly List<long> _leafTrees = [], _leafIds = [], _targets = [];
    private readonly List<float> _weights = [];

    public void Inner(int tree, int id, int feature, string mode, float value, int left, bool missingLeft, float cover) =>
        Node(tree, id, feature, mode, value, left, left + 1, missingLeft, cover);

    public void Leaf(int tree, int id, float weight, int target, float cover)
    {
        Node(tree, id, 0, "LEAF", 0, 0, 0, false, cover);
        _leafTrees.Add(tree);
        _leafIds.Add(id);
        _targets.Add(target);
        _weights.Add(weight);
    }

    public IEnumerable<ProtoWriter> Attributes() =>
    [
        OnnxBuilder.Wholes("nodes_treeids", _trees), OnnxBuilder.Wholes("nodes_nodeids", _ids), OnnxBuilder.Wholes("nodes_featureids", _features),
        OnnxBuilder.Numbers("nodes_values", _values), OnnxBuilder.Texts("nodes_modes", _modes), OnnxBuilder.Wholes("nodes_truenodeids", _true),
        OnnxBuilder.Wholes("nodes_falsenodeids", _false), OnnxBuilder.Wholes("nodes_missing_value_tracks_true", _missing), OnnxBuilder.Numbers("nodes_hitrates", _cover),
        OnnxBuilder.Wholes("target_treeids", _leafTrees), OnnxBuilder.Wholes("target_nodeids", _leafIds), OnnxBuilder.Wholes("target_ids", _targets), OnnxBuilder.Numbers("target_weights", _weights),
    ];

    private void Node(int tree, int id, int feature, string mode, float value, int yes, int no, bool missingTrue, float cover)
    {
        _trees.Add(tree);
        _ids.Add(id);
        _features.Add(feature);
        _modes.Add(mode);
        _values.Add(value);
        _true.Add(yes);
        _false.Add(no);
        _missing.Add(missingTrue ? 1 : 0);
        _cover.Add(cover);
    }
}
