using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Exact path-dependent TreeSHAP (Lundberg, Erion, Lee 2018, arXiv:1802.03888, algorithm 2; Nature Machine Intelligence 2, 2020): the
/// Shapley values of the game in which an unknown input goes both ways of its splits, in the proportion of the cover. Missing values go where the
/// split sends them, as in scoring.
/// </summary>
/// <remarks>
/// Same values, another way. A leaf of value v, on whose path input j has the share z_j of the cover and o_j is 1 where the row goes along, else
/// 0, is worth v * prod(j in S: o_j; else z_j) to a coalition S. By Owen's multilinear extension (1972) its Shapley value for i is the integral over t from 0 to 1 of
/// v (o_i - z_i) prod(j != i: z_j + (o_j - z_j) t): a polynomial in t, which a few Gauss-Legendre nodes integrate exactly. The products
/// go down the tree and the sums over leaves come up it, so that a tree of n nodes with d inputs on a path costs n * d / 2 steps a row and not the
/// n * d * d of extending and unwinding paths (the idea of Yu et al. 2022, arXiv:2209.08192). All factors lie in (0, 1], so depth costs no precision.
/// </remarks>
internal sealed class TreeShap
{
    private static readonly int Lanes = Vector256<double>.Count;

    private readonly TreeEnsemble _trees;
    private readonly TreePaths _paths;
    private readonly GaussLegendre[] _rules;
    private readonly int _inputs;
    private readonly int _room;
    private readonly int _nodes;

    /// <param name="inputs">Numbers a row has.</param>
    public TreeShap(TreeEnsemble trees, int inputs)
    {
        (_trees, _inputs, _paths) = (trees, inputs, TreePaths.Of(trees));
        _rules = [.. Enumerable.Range(0, _paths.Trees.Select(t => t.Inputs).DefaultIfEmpty(0).Max() + 1).Select(d => GaussLegendre.ForDegree(Math.Max(0, d - 1)))];
        Base = [.. trees.Start];
        for (int tree = 0; tree < _paths.Trees.Length; tree++)
        {
            PathTree paths = _paths.Trees[tree];
            Base[tree % Base.Length] += paths.Mean;
            _nodes = Math.Max(_nodes, paths.End - paths.Root);
            _room = Math.Max(_room, checked((paths.End - paths.Root) * _rules[paths.Inputs].Nodes.Length));
        }
    }

    /// <summary>Mean margin per output, weighted by cover.</summary>
    public double[] Base { get; }

    /// <summary>Bytes it holds besides the ensemble.</summary>
    public long HeldBytes => MemorySize.Object(48) + MemorySize.Array(_rules) + MemorySize.Array(Base) + _paths.HeldBytes;

    /// <summary>Adds a row's contributions, outputs x inputs.</summary>
    public void Explain(ReadOnlySpan<double> row, Span<double> contributions)
    {
        int lanes = contributions.Length * Lanes;
        double[] rented = ArrayPool<double>.Shared.Rent((4 * _room) + lanes);
        bool[] along = ArrayPool<bool>.Shared.Rent(_nodes);
        Span<double> sums = rented.AsSpan(4 * _room, lanes);
        sums.Clear();
        for (int tree = 0; tree < _paths.Trees.Length; tree++)
        {
            Span<double> output = sums.Slice(tree % Base.Length * _inputs * Lanes, _inputs * Lanes);
            new Walk(this, _paths.Trees[tree], rented, along).Explain(row, output);
        }

        for (int i = 0; i < contributions.Length; i++)
            contributions[i] += Vector256.Sum(Vector256.Create<double>(sums.Slice(i * Lanes, Lanes)));
        ArrayPool<bool>.Shared.Return(along);
        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>One row in one tree. Every node has a vector for each of four things, at the nodes of the quadrature.</summary>
    private readonly ref struct Walk
    {
        private readonly ReadOnlySpan<TreeNode> _nodes;
        private readonly ReadOnlySpan<PathEdge> _edges;
        private readonly TreeEnsemble _trees;
        private readonly GaussLegendre _rule;
        private readonly int _root;
        private readonly int _width;

        /// <summary>Whether the row goes along the node's edge and all above it of the same input.</summary>
        private readonly Span<bool> _along;

        /// <summary>z + (o - z) t of the node's edge.</summary>
        private readonly Span<double> _factors;

        /// <summary>Product of the factors of all inputs on the way to the node.</summary>
        private readonly Span<double> _products;

        /// <summary>Sum over the leaves below of value times product.</summary>
        private readonly Span<double> _sums;

        /// <summary>The part of it where an edge further down decides over the same input.</summary>
        private readonly Span<double> _decidedBelow;

        public Walk(TreeShap owner, PathTree tree, double[] room, bool[] along)
        {
            int count = tree.End - tree.Root;
            (_trees, _root, _rule) = (owner._trees, tree.Root, owner._rules[tree.Inputs]);
            _width = _rule.Nodes.Length;
            _nodes = _trees.Nodes.AsSpan(tree.Root, count);
            _edges = owner._paths.Edges.AsSpan(tree.Root, count);
            _along = along.AsSpan(0, count);
            _factors = room.AsSpan(0, count * _width);
            _products = room.AsSpan(owner._room, count * _width);
            _sums = room.AsSpan(2 * owner._room, count * _width);
            _decidedBelow = room.AsSpan(3 * owner._room, count * _width);
        }

        public void Explain(ReadOnlySpan<double> row, Span<double> sums)
        {
            if (_nodes.IsEmpty || _nodes[0].IsLeaf)
                return;
            _products[.._width].Fill(1);
            Down(row);
            Up(sums);
        }

        private void Down(ReadOnlySpan<double> row)
        {
            for (int node = 0; node < _nodes.Length; node++)
            {
                if (_nodes[node].IsLeaf)
                    continue;
                int left = _nodes[node].Left - _root;
                bool goesLeft = _trees.GoesLeft(_nodes[node], row);
                Enter(node, left, goesLeft);
                Enter(node, left + 1, !goesLeft);
            }
        }

        private void Enter(int parent, int child, bool along)
        {
            PathEdge edge = _edges[child];
            int same = edge.Same < 0 ? -1 : edge.Same - _root;
            along &= same < 0 || _along[same];
            _along[child] = along;
            // Where the row does not go and no weight went, nothing is worth anything; a factor of 1 keeps what lies below from 0 / 0.
            bool dead = !along && edge.Fraction == 0;
            Vector256<double> from = Vector256.Create(dead ? 1 : edge.Fraction);
            Vector256<double> by = Vector256.Create(dead ? 0 : (along ? 1 : 0) - edge.Fraction);
            for (int q = 0; q < _width; q += Lanes)
            {
                Vector256<double> factor = from + (by * Load(_rule.Nodes, q));
                Vector256<double> above = Load(_products, (parent * _width) + q);
                if (same >= 0)
                    above /= Load(_factors, (same * _width) + q);
                Store(factor, _factors, (child * _width) + q);
                Store(dead ? default : above * factor, _products, (child * _width) + q);
                Store(default, _decidedBelow, (child * _width) + q);
            }
        }

        private void Up(Span<double> sums)
        {
            for (int node = _nodes.Length - 1; node >= 0; node--)
            {
                if (_nodes[node].IsLeaf)
                    continue;
                int left = _nodes[node].Left - _root;
                int input = _nodes[node].Input;
                for (int q = 0; q < _width; q += Lanes)
                {
                    Vector256<double> weights = Load(_rule.Weights, q);
                    Vector256<double> one = Leave(left, q, out Vector256<double> ofLeft);
                    Vector256<double> other = Leave(left + 1, q, out Vector256<double> ofRight);
                    Store(ofLeft + ofRight, _sums, (node * _width) + q);
                    Store(Load(sums, input * Lanes) + (weights * (one + other)), sums, input * Lanes);
                }
            }
        }

        /// <summary>What the node's edge is worth, and the sum of the leaves below it.</summary>
        private Vector256<double> Leave(int child, int q, out Vector256<double> sum)
        {
            int at = (child * _width) + q;
            sum = _nodes[child].IsLeaf ? _nodes[child].Value * Load(_products, at) : Load(_sums, at);
            PathEdge edge = _edges[child];
            if (edge.Same >= 0)
            {
                int same = ((edge.Same - _root) * _width) + q;
                Store(Load(_decidedBelow, same) + sum, _decidedBelow, same);
            }

            return ((_along[child] ? 1 : 0) - edge.Fraction) * (sum - Load(_decidedBelow, at)) / Load(_factors, at);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Load(ReadOnlySpan<double> values, int at) =>
            Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(values.Slice(at, Lanes)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector256<double> value, Span<double> values, int at) =>
            value.StoreUnsafe(ref MemoryMarshal.GetReference(values.Slice(at, Lanes)));
    }
}
