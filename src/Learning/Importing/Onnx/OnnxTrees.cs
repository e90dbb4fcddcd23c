using System.Globalization;
using MlOps.Learning.Importing.Trees;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>What is made of the two sums of a classifier with two classes, where a model here has one.</summary>
internal enum OnnxFold
{
    None,

    /// <summary>That of the second class.</summary>
    Second,

    /// <summary>The second minus the first, of which the sigmoid is the softmax of both.</summary>
    Difference,
}

/// <summary>
/// The trees of TreeEnsembleClassifier and -Regressor (ai.onnx.ml 1 and 3) in our form. A leaf may vote for several outputs: then each output has the
/// tree with its own votes. Inputs of 32 bits are compared in 32 bits.
/// </summary>
internal sealed class OnnxTrees
{
    private readonly OnnxNode _node;
    private readonly bool _single;
    private readonly long[] _trees, _ids;
    private readonly Dictionary<(long Tree, long Id), int> _places = [];
    private readonly Dictionary<int, List<(int Output, double Weight)>> _votes = [];

    private readonly OnnxFold _fold;
    private readonly float[] _cover;

    private OnnxTrees(OnnxNode node, bool single, OnnxFold fold)
    {
        (_node, _single, _fold) = (node, single, fold);
        (_trees, _ids) = ([.. node.Wholes("nodes_treeids")], [.. node.Wholes("nodes_nodeids")]);
        if (_trees.Length == 0 || _ids.Length != _trees.Length)
            throw ImportErrors.Damaged($"{node} has {_trees.Length} tree ids and {_ids.Length} node ids");
        IReadOnlyList<double> rates = node.Numbers("nodes_hitrates");

        // Most tools write 1 for every node, which says nothing.
        _cover = rates.Count == _trees.Length && rates.Distinct().Skip(1).Any() ? [.. rates.Select(r => (float)r)] : new float[_trees.Length];
        for (int i = 0; i < _trees.Length; i++)
        {
            if (!_places.TryAdd((_trees[i], _ids[i]), i))
                throw ImportErrors.Damaged($"{node} has node {_ids[i]} of tree {_trees[i]} twice");
        }
    }

    /// <param name="single">Whether the inputs are numbers of 32 bits.</param>
    /// <param name="inputs">Columns of the input.</param>
    /// <param name="fold">What is made of two sums.</param>
    public static OnnxSums Read(OnnxNode node, bool single, int inputs, OnnxFold fold = OnnxFold.None)
    {
        var reader = new OnnxTrees(node, single, fold);
        return node.Operator == "TreeEnsembleClassifier" ? reader.Classifier(inputs) : reader.Regressor(inputs);
    }

    private OnnxSums Classifier(int inputs)
    {
        IReadOnlyList<string> classes = OnnxSums.Labels(_node, "classlabels_int64s");
        int[] outputs = [.. _node.Wholes("class_ids").Distinct().Select(id => Narrow(id))];
        bool one = outputs.Length == 1 && classes.Count <= 2;
        ReadVotes("class", one ? _ => 0 : id => Narrow(id), 1);
        return new OnnxSums(Build(one ? 1 : classes.Count, inputs), null, one, classes, _node.Text("post_transform", "NONE"));
    }

    private OnnxSums Regressor(int inputs)
    {
        int targets = (int)_node.Whole("n_targets", 1);
        string aggregate = _node.Text("aggregate_function", "SUM");
        if (aggregate is not ("SUM" or "AVERAGE"))
            throw ImportErrors.Unsupported($"{_node} takes the {aggregate} of its trees, which a model here does not: it adds them up");
        ReadVotes("target", id => Narrow(id), aggregate == "AVERAGE" ? 1.0 / _trees.Distinct().Count() : 1);
        return new OnnxSums(Build(targets, inputs), null, false, [], _node.Text("post_transform", "NONE"));
    }

    private void ReadVotes(string prefix, Func<long, int> output, double scale)
    {
        IReadOnlyList<long> trees = _node.Wholes($"{prefix}_treeids"), ids = _node.Wholes($"{prefix}_nodeids"), outputs = _node.Wholes($"{prefix}_ids");
        IReadOnlyList<double> weights = _node.Numbers($"{prefix}_weights");
        if (ids.Count != trees.Count || outputs.Count != trees.Count || weights.Count != trees.Count)
            throw ImportErrors.Damaged($"the votes of {_node} differ in length");
        for (int i = 0; i < trees.Count; i++)
        {
            if (!_places.TryGetValue((trees[i], ids[i]), out int place))
                throw ImportErrors.Damaged($"{_node} votes at node {ids[i]} of tree {trees[i]}, which there is not");
            if (!_votes.TryGetValue(place, out List<(int, double)>? votes))
                _votes[place] = votes = [];
            votes.Add((output(outputs[i]), scale * weights[i]));
        }
    }

    private TreeEnsemble Build(int outputs, int inputs)
    {
        IReadOnlyList<double> start = _node.Numbers("base_values");
        if (outputs is < 1 or > 10_000 || (start.Count > 0 && start.Count != outputs && outputs > 1))
            throw ImportErrors.Damaged($"{_node} has {outputs} outputs and {start.Count} base values");
        var assembler = new TreeAssembler(inputs, _fold == OnnxFold.None ? outputs : 1);
        foreach (int[] tree in Enumerable.Range(0, _trees.Length).GroupBy(i => _trees[i]).OrderBy(g => g.Key).Select(g => g.ToArray()))
        {
            int[] voted = [.. tree.Where(_votes.ContainsKey).SelectMany(i => _votes[i]).Select(v => v.Output).Distinct().Order()];
            foreach (int output in voted.Where(o => Sign(o) != 0))
                assembler.Add(_fold == OnnxFold.None ? output : 0, Nodes(tree, output), string.Create(CultureInfo.InvariantCulture, $"tree {_trees[tree[0]]}"));
        }

        double[] all = start.Count == 0 ? new double[outputs] : [.. start.TakeLast(outputs)];
        return assembler.Build(_fold == OnnxFold.None ? all : [all.Select((s, i) => s * Sign(i)).Sum()]);
    }

    private double Sign(int output) => _fold == OnnxFold.None || output == 1 ? 1 : _fold == OnnxFold.Difference && output == 0 ? -1 : 0;

    private SourceNode[] Nodes(int[] tree, int output)
    {
        var place = new Dictionary<int, int>();
        foreach (int node in tree)
            place[node] = place.Count;
        return [.. tree.Select(node => Node(node, output, id => _places.TryGetValue((_trees[node], id), out int child) ? place[child] : int.MaxValue))];
    }

    private SourceNode Node(int node, int output, Func<long, int> child)
    {
        string mode = Mode(node);
        if (mode == "LEAF")
            return SourceNode.Leaf(_votes.TryGetValue(node, out List<(int Output, double Weight)>? votes) ? Sign(output) * votes.Where(v => v.Output == output).Sum(v => v.Weight) : 0, _cover[node]);
        double value = At(_node.Numbers("nodes_values"), node, "nodes_values");
        bool missingTrue = _node.Wholes("nodes_missing_value_tracks_true") is { Count: > 0 } tracks && At(tracks, node, "nodes_missing_value_tracks_true") != 0;
        int yes = child(At(_node.Wholes("nodes_truenodeids"), node, "nodes_truenodeids")), no = child(At(_node.Wholes("nodes_falsenodeids"), node, "nodes_falsenodeids"));
        bool swapped = mode is "BRANCH_GTE" or "BRANCH_GT";
        bool strict = mode is "BRANCH_LT" or "BRANCH_GTE";
        return new SourceNode(
            Bound(value, strict), Narrow(At(_node.Wholes("nodes_featureids"), node, "nodes_featureids")), -1, missingTrue != swapped,
            swapped ? no : yes, swapped ? yes : no, _cover[node], 0);
    }

    private string Mode(int node) => At(_node.Texts("nodes_modes"), node, "nodes_modes") switch
    {
        ("LEAF" or "BRANCH_LEQ" or "BRANCH_LT" or "BRANCH_GTE" or "BRANCH_GT") and var known => known,
        var mode => throw ImportErrors.Unsupported($"{_node} divides by {mode}, which a node here cannot: it knows <, <=, > and >="),
    };

    private double Bound(double value, bool strict) => double.IsNaN(value) ? value
        : !_single ? (strict ? Math.BitDecrement(value) : value)
        : strict ? SingleThreshold.Below((float)value) : SingleThreshold.AtMost((float)value);

    private int Narrow(long number) => (int)number == number ? (int)number : throw ImportErrors.Damaged($"{_node} has the number {number} where a place is expected");

    private T At<T>(IReadOnlyList<T> list, int index, string name) => index < list.Count ? list[index] : throw ImportErrors.Damaged($"'{name}' of {_node} has {list.Count} entries, {_trees.Length} are expected");
}
