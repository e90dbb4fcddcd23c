using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Importing.Trees;

namespace MlOps.Learning.Importing.Xgboost;

/// <summary>
/// One tree as its arrays stand in the file. A number goes left when it is below the condition, in 32 bits; a category when it is not in the set of
/// its node; missing values by a flag. The leaf's value stands where the condition would.
/// </summary>
internal sealed class XgboostTree
{
    /// <summary>Codes from here on are no categories to XGBoost either: 32 bits do not hold all of them.</summary>
    private const int MaxCode = 1 << 16;

    private readonly int[] _left, _right, _input;
    private readonly double[] _condition, _missingLeft, _cover, _gain;
    private readonly Dictionary<int, int[]> _rightCodes = [];

    /// <param name="inputs">Of the model.</param>
    public XgboostTree(Place tree, int inputs)
    {
        int nodes = tree["left_children"].Numbers.Length;
        if (nodes == 0 || tree["tree_param"].Find("size_leaf_vector")?.Count > 1)
            throw nodes == 0 ? ImportErrors.Damaged($"'{tree.Path}' has no nodes") : ImportErrors.Unsupported("its trees have leaves of several numbers (multi_output_tree), a model here predicts one: train with multi_strategy=one_output_per_tree");
        (_left, _right, _input) = (tree["left_children"].WholeOf(nodes), tree["right_children"].WholeOf(nodes), tree["split_indices"].WholeOf(nodes));
        (_condition, _missingLeft) = (tree["split_conditions"].NumbersOf(nodes), tree["default_left"].NumbersOf(nodes));
        _cover = tree.Find("sum_hessian")?.NumbersOf(nodes) ?? new double[nodes];
        _gain = tree.Find("loss_changes")?.NumbersOf(nodes) ?? new double[nodes];
        int outside = Array.FindIndex(_input, i => (uint)i >= inputs);
        if (outside >= 0)
            throw ImportErrors.Damaged($"node {outside} of '{tree.Path}' asks for input {_input[outside]}, there are {inputs}");
        int broken = Enumerable.Range(0, nodes).FirstOrDefault(i => (_left[i] < 0 || _right[i] < 0) && (_left[i], _right[i]) != (-1, -1), -1);
        if (broken >= 0)
            throw ImportErrors.Damaged($"node {broken} of '{tree.Path}' has the children {_left[broken]} and {_right[broken]}: a leaf has -1 twice, any other node has two");
        if (tree.Find("split_type") is { } types)
            ReadCategories(tree, types.NumbersOf(nodes));
    }

    /// <summary>Inputs that it asks for as categories, with the highest code of each.</summary>
    public IEnumerable<(int Input, int Code)> Categories => _rightCodes.Select(node => (_input[node.Key], node.Value.Max()));

    /// <summary>Inputs that it asks for as numbers.</summary>
    public IEnumerable<int> Numbers => Enumerable.Range(0, _left.Length).Where(i => _left[i] >= 0 && !_rightCodes.ContainsKey(i)).Select(i => _input[i]);

    /// <param name="weight">What the leaves are multiplied by.</param>
    /// <param name="levels">Of an input.</param>
    public SourceNode[] Nodes(TreeAssembler trees, double weight, Func<int, int> levels)
    {
        var nodes = new SourceNode[_left.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            float condition = (float)_condition[i];
            nodes[i] = _left[i] < 0
                ? SourceNode.Leaf(weight * condition, (float)_cover[i])
                : new SourceNode(
                    _rightCodes.ContainsKey(i) || float.IsNaN(condition) ? double.NaN : SingleThreshold.Below(condition),
                    _input[i], _rightCodes.TryGetValue(i, out int[]? right) ? trees.AddSet(LeftOf(right, levels(_input[i]))) : -1,
                    _missingLeft[i] != 0, _left[i], _right[i], (float)_cover[i], (float)_gain[i]);
        }

        return nodes;
    }

    private static uint[] LeftOf(int[] right, int levels)
    {
        var words = new uint[(levels + 31) / 32];
        Array.Fill(words, uint.MaxValue);
        foreach (int code in right.Where(code => code < levels))
            words[code >> 5] &= ~(1u << code);
        return words;
    }

    private void ReadCategories(Place tree, double[] types)
    {
        int[] nodes = tree["categories_nodes"].WholeNumbers;
        int[] begins = tree["categories_segments"].WholeOf(nodes.Length), sizes = tree["categories_sizes"].WholeOf(nodes.Length);
        int[] codes = tree["categories"].WholeNumbers;
        if (sizes.Sum(size => (long)size) > codes.Length)
            throw ImportErrors.Damaged($"the sets of categories of '{tree.Path}' overlap");
        for (int i = 0; i < nodes.Length; i++)
        {
            bool inside = (uint)nodes[i] < types.Length && types[nodes[i]] != 0 && begins[i] >= 0 && sizes[i] > 0 && begins[i] <= codes.Length - sizes[i];
            int[] own = inside ? codes[begins[i]..(begins[i] + sizes[i])] : throw ImportErrors.Damaged($"the categories of '{tree.Path}' contradict its nodes");
            if (own.Any(code => code is < 0 or >= MaxCode))
                throw ImportErrors.TooLarge("categories of one input", own.Max() + 1L, MaxCode);
            _rightCodes[nodes[i]] = own;
        }

        if (types.Count(t => t != 0) != _rightCodes.Count)
            throw ImportErrors.Damaged($"'{tree.Path}' has {types.Count(t => t != 0)} splits by category and sets for {_rightCodes.Count}");
    }
}
