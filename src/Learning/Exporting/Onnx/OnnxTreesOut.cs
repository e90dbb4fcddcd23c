using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Exporting.Onnx;

/// <summary>
/// Trees as a TreeEnsembleRegressor, a target for each output. Its nodes ask for numbers only: for each set of levels that a node asks for, a column
/// says whether the row is in it (1, 0, or NaN for missing).
/// </summary>
internal sealed class OnnxTreesOut
{
    private readonly OnnxBuilder _graph;
    private readonly IReadOnlyList<string> _inputs;
    private readonly ModelSignature _signature;
    private readonly TreeEnsemble _trees;
    private readonly List<string> _columns = [];
    private readonly Dictionary<int, int> _columnOfInput = [];
    private readonly Dictionary<(int Input, string Set), int> _columnOfSet = [];

    private OnnxTreesOut(OnnxBuilder graph, IReadOnlyList<string> inputs, ModelSignature signature, TreeEnsemble trees) =>
        (_graph, _inputs, _signature, _trees) = (graph, inputs, signature, trees);

    /// <returns>The name of the sums, [rows, outputs].</returns>
    public static string Sums(OnnxBuilder graph, IReadOnlyList<string> inputs, ModelSignature signature, TreeEnsemble trees) =>
        new OnnxTreesOut(graph, inputs, signature, trees).Write();

    private string Write()
    {
        int outputs = _trees.Start.Length;
        var nodes = new OnnxNodesOut();
        for (int tree = 0; tree < _trees.Roots.Length; tree++)
        {
            int end = tree + 1 < _trees.Roots.Length ? _trees.Roots[tree + 1] : _trees.Nodes.Length;
            for (int i = _trees.Roots[tree]; i < end; i++)
                Add(nodes, tree, i, tree % outputs);
        }

        // An ensemble needs a tree.
        if (_trees.Roots.Length == 0)
            nodes.Leaf(0, 0, 0, 0, 0);
        if (_columns.Count == 0)
            Column(_signature.Inputs.ToList().FindIndex(i => i.Levels is null) is >= 0 and var number ? Number(number) : OfSet(0, []));
        string matrix = _columns.Count == 1 ? _columns[0] : _graph.Node("Concat", "features", _columns, OnnxBuilder.Whole("axis", 1));
        string sums = _graph.Feature("TreeEnsembleRegressor", "sums", [matrix],
            [OnnxBuilder.Whole("n_targets", outputs), OnnxBuilder.Numbers("base_values", _trees.Start.Select(s => (float)s)), .. nodes.Attributes()]);
        _graph.Declare(sums, OnnxBuilder.Single, -1, outputs);
        return sums;
    }

    private void Add(OnnxNodesOut nodes, int tree, int index, int output)
    {
        TreeNode node = _trees.Nodes[index];
        int root = _trees.Roots[tree], id = index - root;
        float cover = _trees.Cover[index];
        if (node.IsLeaf)
        {
            nodes.Leaf(tree, id, (float)node.Value, output, cover);
            return;
        }

        int left = node.Left - root;
        if (node.IsCategory)
            nodes.Inner(tree, id, Column((node.Input, node)), "BRANCH_GT", 0.5f, left, node.MissingLeft, cover);
        else
            nodes.Inner(tree, id, Column(node.Input), "BRANCH_LEQ", AtMost(node.Value), left, node.MissingLeft, cover);
    }

    /// <summary>What rounds like the threshold itself goes left as it does.</summary>
    private static float AtMost(double threshold) => threshold >= float.MaxValue ? float.MaxValue : threshold <= float.MinValue ? float.MinValue : (float)threshold;

    private int Column(int input)
    {
        if (!_columnOfInput.TryGetValue(input, out int column))
            _columnOfInput[input] = column = Column(Number(input));
        return column;
    }

    private int Column((int Input, TreeNode Node) split)
    {
        int levels = _signature.Inputs[split.Input].Levels!.Count;
        bool[] members = [.. Enumerable.Range(0, levels).Select(level => InSet(split.Node, level))];
        string key = string.Concat(members.Select(m => m ? '1' : '0'));
        if (!_columnOfSet.TryGetValue((split.Input, key), out int column))
            _columnOfSet[(split.Input, key)] = column = Column(OfSet(split.Input, members));
        return column;
    }

    private int Column(string name)
    {
        _columns.Add(name);
        return _columns.Count - 1;
    }

    private string Number(int input) => _inputs[input];

    private string OfSet(int input, bool[] members)
    {
        string column = _graph.Feature("LabelEncoder", $"{_inputs[input]}_set", [_inputs[input]],
            OnnxBuilder.Texts("keys_strings", members.Length == 0 ? [""] : _signature.Inputs[input].Levels!),
            OnnxBuilder.Numbers("values_floats", members.Length == 0 ? [0f] : members.Select(m => m ? 1f : 0f)),
            OnnxBuilder.Number("default_float", float.NaN));
        _graph.Declare(column, OnnxBuilder.Single, -1, 1);
        return column;
    }

    private bool InSet(TreeNode node, int level)
    {
        int set = (int)node.Value, word = level >> 5;
        return word < _trees.Sets[set] && ((_trees.Sets[set + 1 + word] >> level) & 1) != 0;
    }
}
