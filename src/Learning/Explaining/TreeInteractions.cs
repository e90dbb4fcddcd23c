using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>
/// SHAP interaction values of trees, exactly. With the words of <see cref="TreeShap"/> a leaf gives two inputs i and j of its path
/// v / 2 (o_i - z_i) (o_j - z_j) * integral of prod(k != i, j: z_k + (o_k - z_k) t): half of their Shapley interaction index (Grabisch and Roubens
/// 1999), the mixed derivative of Owen's extension on the diagonal.
/// </summary>
internal sealed class TreeInteractions
{
    private readonly TreeEnsemble _trees;
    private readonly TreePaths _paths;
    private readonly ShapRule[] _rules;
    private readonly int[] _parents;
    private readonly int _inputs;

    public TreeInteractions(TreeEnsemble trees, int inputs)
    {
        (_trees, _inputs, _paths, _parents) = (trees, inputs, TreePaths.Of(trees), new int[trees.Nodes.Length]);
        _rules = [.. Enumerable.Range(0, _paths.Trees.Select(t => t.Inputs).DefaultIfEmpty(0).Max() + 1).Select(d => new ShapRule(d))];
        for (int i = 0; i < _parents.Length; i++)
        {
            if (trees.Nodes[i] is { IsLeaf: false } node)
                (_parents[node.Left], _parents[node.Left + 1]) = (i, i);
        }
    }

    /// <summary>Adds what a row's pairs of different inputs are worth, outputs x inputs x inputs.</summary>
    public void Explain(ReadOnlySpan<double> row, Span<double> interactions)
    {
        var goes = new bool[_trees.Nodes.Length];
        int cells = _inputs * _inputs;
        for (int tree = 0; tree < _paths.Trees.Length; tree++)
        {
            PathTree path = _paths.Trees[tree];
            Follow(path, row, goes);
            var leaf = new LeafPath(this, path, goes);
            Span<double> output = interactions.Slice(tree % _trees.Start.Length * cells, cells);
            for (int node = path.Root; node < path.End; node++)
            {
                if (_trees.Nodes[node].IsLeaf && leaf.Read(node))
                    leaf.AddPairs(_trees.Nodes[node].Value, output);
            }
        }
    }

    private void Follow(PathTree path, ReadOnlySpan<double> row, bool[] goes)
    {
        for (int i = path.Root; i < path.End; i++)
        {
            if (_trees.Nodes[i] is not { IsLeaf: false } node)
                continue;
            bool left = _trees.GoesLeft(node, row);
            goes[node.Left] = left && Above(node.Left);
            goes[node.Left + 1] = !left && Above(node.Left + 1);
        }

        bool Above(int child) => _paths.Edges[child].Same < 0 || goes[_paths.Edges[child].Same];
    }

    /// <summary>The inputs on the way to a leaf, each by its lowest edge.</summary>
    private sealed class LeafPath
    {
        private readonly TreeInteractions _owner;
        private readonly ShapRule _rule;
        private readonly bool[] _goes;
        private readonly int _root;
        private readonly int[] _of;
        private readonly double[] _worth;
        private readonly double[] _product;
        private int _count;

        public LeafPath(TreeInteractions owner, PathTree path, bool[] goes)
        {
            (_owner, _goes, _root, _rule) = (owner, goes, path.Root, owner._rules[path.Inputs]);
            (_of, _worth, _product) = (new int[path.Inputs], new double[path.Inputs * _rule.Nodes.Length], new double[_rule.Nodes.Length]);
        }

        /// <returns>False where the leaf is worth nothing, since no training row, nor this one, goes one of its edges.</returns>
        public bool Read(int leaf)
        {
            _count = 0;
            _rule.Weights.CopyTo(_product, 0);
            for (int node = leaf; node != _root; node = _owner._parents[node])
            {
                int input = _owner._trees.Nodes[_owner._parents[node]].Input;
                if (_of.AsSpan(0, _count).Contains(input))
                    continue;
                if (!_goes[node] && _owner._paths.Edges[node].Fraction == 0)
                    return false;
                Enter(input, _owner._paths.Edges[node].Fraction, _goes[node] ? 1 : 0);
            }

            return _count > 1;
        }

        public void AddPairs(double value, Span<double> output)
        {
            int width = _product.Length;
            for (int i = 1; i < _count; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    double sum = 0;
                    for (int q = 0; q < width; q++)
                        sum += _product[q] * _worth[(i * width) + q] * _worth[(j * width) + q];
                    output[(_of[i] * _owner._inputs) + _of[j]] += sum * value / 2;
                    output[(_of[j] * _owner._inputs) + _of[i]] += sum * value / 2;
                }
            }
        }

        private void Enter(int input, double share, double along)
        {
            for (int q = 0; q < _product.Length; q++)
            {
                double factor = share + ((along - share) * _rule.Nodes[q]);
                _product[q] *= factor;
                _worth[(_count * _product.Length) + q] = (along - share) / factor;
            }

            _of[_count++] = input;
        }
    }
}
