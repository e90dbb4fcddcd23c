using MlOps.Learning.Importing.Trees;

namespace MlOps.Learning.Importing.Lightgbm;

/// <summary>
/// One tree as its lines stand in the file: inner nodes 0, 1, ..., leaves -1, -2, ... A number goes left when it is at most the threshold; what is
/// missing, and where that goes, is in the bits of the decision type. A category goes left when it is in the node's set, else right, missing or not.
/// </summary>
internal sealed class LightgbmTree
{
    private const int CategoryBit = 1;
    private const int DefaultLeftBit = 2;

    /// <summary>LightGBM's zero: values up to here, of either sign.</summary>
    private const double Zero = 1.0000000180025095e-35;

    private readonly string _name;
    private readonly int _leaves;
    private readonly int[] _input = [], _decision = [], _left = [], _right = [];
    private readonly double[] _threshold = [], _gain = [], _innerCount = [], _value, _count;
    private readonly Dictionary<int, int[]> _codes = [];

    /// <param name="inputs">Of the model.</param>
    public LightgbmTree(LightgbmSection tree, string name, int inputs)
    {
        _name = name;
        _leaves = tree.Count("num_leaves");
        if (_leaves < 1)
            throw ImportErrors.Damaged($"{name} has no leaves");
        if (tree.Find("is_linear") == "1")
            throw ImportErrors.Unsupported("its trees have linear models in their leaves (linear_tree), which a model here has not: train with linear_tree=false");
        _value = tree.Numbers("leaf_value", _leaves);
        _count = tree.Has("leaf_count") && _leaves > 1 ? tree.Numbers("leaf_count", _leaves) : new double[_leaves];
        if (_leaves == 1)
            return;
        int inner = _leaves - 1;
        (_left, _right) = (tree.Whole("left_child", inner), tree.Whole("right_child", inner));
        (_input, _threshold) = (tree.Whole("split_feature", inner), tree.Numbers("threshold", inner));
        _decision = tree.Has("decision_type") ? tree.Whole("decision_type", inner) : new int[inner];
        _gain = tree.Has("split_gain") ? tree.Numbers("split_gain", inner) : new double[inner];
        _innerCount = tree.Has("internal_count") ? tree.Numbers("internal_count", inner) : new double[inner];
        int outside = Array.FindIndex(_input, i => (uint)i >= inputs);
        if (outside >= 0)
            throw ImportErrors.Damaged($"node {outside} of {name} asks for input {_input[outside]}, there are {inputs}");
        if (tree.Count("num_cat") is > 0 and int sets)
            ReadSets(tree, sets);
    }

    /// <summary>Inputs that it asks for as categories, with the codes that go left.</summary>
    public IEnumerable<(int Input, int[] Codes)> Categories => _codes.Select(node => (_input[node.Key], node.Value));

    /// <summary>Inputs that it asks for as numbers.</summary>
    public IEnumerable<int> Numbers => _input.Where((_, i) => !IsCategory(i));

    /// <param name="scale">What the leaves are multiplied by.</param>
    /// <param name="levels">Of an input, by code.</param>
    public SourceNode[] Nodes(TreeAssembler trees, double scale, Func<int, IReadOnlyDictionary<int, int>> levels)
    {
        int inner = _leaves - 1;
        var nodes = new SourceNode[inner + _leaves];
        for (int i = 0; i < inner; i++)
        {
            int set = IsCategory(i) ? trees.AddSet(LeftOf(_codes[i], levels(_input[i]))) : -1;
            nodes[i] = new SourceNode(_threshold[i], _input[i], set, set < 0 && MissingLeft(i), Child(_left[i]), Child(_right[i]), (float)_innerCount[i], (float)_gain[i]);
        }

        for (int i = 0; i < _leaves; i++)
            nodes[inner + i] = SourceNode.Leaf(scale * _value[i], (float)_count[i]);
        return nodes;
    }

    /// <summary>Where a missing value goes: without missing ones in training it counts as 0, with <c>zero_as_missing</c> 0 is missing too.</summary>
    private bool MissingLeft(int node)
    {
        bool zeroLeft = _threshold[node] >= 0, defaultLeft = (_decision[node] & DefaultLeftBit) != 0;
        switch ((_decision[node] >> 2) & 3)
        {
            case 0:
                return zeroLeft;
            case 1 when zeroLeft != defaultLeft || Math.Abs(_threshold[node]) < Zero:
                throw ImportErrors.Unsupported($"node {node} of {_name} takes 0 for missing and sends it against its order (zero_as_missing), which a node here cannot: train with zero_as_missing=false");
            case 1 or 2:
                return defaultLeft;
            default:
                throw ImportErrors.Damaged($"node {node} of {_name} has the decision type {_decision[node]}");
        }
    }

    private bool IsCategory(int node) => (_decision[node] & CategoryBit) != 0;

    private int Child(int index) => index >= 0 ? (index < _leaves - 1 ? index : int.MaxValue) : _leaves - 1 + ~index;

    private void ReadSets(LightgbmSection tree, int sets)
    {
        if (sets >= _leaves)
            throw ImportErrors.Damaged($"{_name} has {sets:N0} sets of categories and {_leaves - 1:N0} nodes");
        int[] bounds = tree.Whole("cat_boundaries", sets + 1);
        if (bounds[0] != 0 || bounds.Zip(bounds.Skip(1)).Any(b => b.First > b.Second))
            throw ImportErrors.Damaged($"the sets of categories of {_name} overlap");
        double[] words = tree.Numbers("cat_threshold", bounds[^1]);
        var taken = new bool[sets];
        for (int i = 0; i < _input.Length; i++)
        {
            if (!IsCategory(i))
                continue;
            int set = (int)_threshold[i];
            if ((uint)set >= sets)
                throw ImportErrors.Damaged($"node {i} of {_name} asks for set {set}, there are {sets}");
            if (taken[set])
                throw ImportErrors.Damaged($"two nodes of {_name} ask for set {set}");
            taken[set] = true;
            _codes[i] = [.. Bits(words.AsSpan(bounds[set], bounds[set + 1] - bounds[set]))];
        }
    }

    private static List<int> Bits(ReadOnlySpan<double> words)
    {
        if (words.Length > int.MaxValue / 32)
            throw ImportErrors.TooLarge("words in a set of categories", words.Length, int.MaxValue / 32);
        var codes = new List<int>();
        for (int i = 0; i < words.Length; i++)
        {
            uint word = words[i] is >= 0 and <= uint.MaxValue ? (uint)words[i] : throw ImportErrors.Damaged($"a set of categories has the word {words[i]}");
            for (int bit = 0; bit < 32; bit++)
            {
                if (((word >> bit) & 1) != 0)
                    codes.Add((i * 32) + bit);
            }
        }

        return codes;
    }

    private static uint[] LeftOf(int[] codes, IReadOnlyDictionary<int, int> levels)
    {
        var words = new uint[(levels.Count + 31) / 32];
        foreach (int code in codes)
            words[levels[code] >> 5] |= 1u << levels[code];
        return words;
    }
}
