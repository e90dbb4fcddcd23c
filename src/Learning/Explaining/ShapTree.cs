using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>One tree made ready for TreeSHAP; see there. Numbers of the quadrature's nodes are called q.</summary>
internal sealed class ShapTree
{
    private static readonly int Lanes = Vector256<double>.Count;

    /// <summary>Shares below this are taken for none, so that their reciprocals stay finite.</summary>
    private const double Least = 1e-290;

    private readonly ShapRule _rule;
    private readonly int _root;
    private readonly ShapEdge[] _edges;

    /// <summary>By edge and q: 1 / (z + (1 - z) t), the reciprocal of the factor where the row goes along.</summary>
    private readonly double[] _reciprocals;

    public ShapTree(TreeEnsemble trees, PathTree tree, PathEdge[] edges, ShapRule rule)
    {
        int count = tree.End - tree.Root;
        (_rule, _root) = (rule, tree.Root);
        _edges = [.. edges.AsSpan(tree.Root, count).ToArray().Select(e => new ShapEdge(e.Fraction < Least ? 0 : e.Fraction, e.Same < 0 ? -1 : e.Same - tree.Root))];
        foreach (ShapEdge edge in _edges.Where(e => e.Same >= 0).ToArray())
            _edges[edge.Same] = _edges[edge.Same] with { DecidedBelow = true };
        _reciprocals = new double[count * Width];
        for (int i = 0; i < _reciprocals.Length; i++)
            _reciprocals[i] = 1 / _edges[i / Width].Along(rule.Nodes[i % Width]);
    }

    /// <summary>Numbers that an explanation works in.</summary>
    public int Room => checked(_edges.Length * Lanes * ((2 * Width) + 1));

    public long HeldBytes => MemorySize.Object(32) + MemorySize.Array(_edges) + MemorySize.Array(_reciprocals);

    private int Width => _rule.Nodes.Length;

    /// <summary>Adds what the tree gives to each input of four rows.</summary>
    /// <param name="columns">Inputs x 4.</param>
    /// <param name="room"><see cref="Room"/> numbers or more.</param>
    /// <param name="sums">Inputs x 4.</param>
    public void Explain(TreeEnsemble trees, ReadOnlySpan<double> columns, Span<double> room, Span<double> sums)
    {
        if (_edges.Length == 0 || trees.Nodes[_root].IsLeaf)
            return;
        var walk = new Walk(this, trees, room[..Room]);
        walk.Down(columns);
        walk.Up(sums);
        GC.KeepAlive(trees);
    }

    /// <param name="Share">z: of the training weight, what goes the way of all edges of the input down to here.</param>
    /// <param name="Same">The node of the nearest edge above that asks for the same input, or -1.</param>
    /// <param name="DecidedBelow">Whether an edge further down asks for the same input.</param>
    private readonly record struct ShapEdge(double Share, int Same, bool DecidedBelow = false)
    {
        /// <summary>The factor of a row that goes along.</summary>
        public double Along(double t) => Share + ((1 - Share) * t);
    }

    /// <summary>Four rows in the tree. Children come after their parent, and every index is one of the tree, as its paths were checked.</summary>
    private readonly ref struct Walk
    {
        private readonly ShapTree _tree;
        private readonly TreeEnsemble _trees;
        private readonly ReadOnlySpan<TreeNode> _nodes;
        private readonly int _width;

        /// <summary>By node: whether a row goes along its edge and all above it of the same input; all bits or none.</summary>
        private readonly ref double _goes;

        /// <summary>By node and q. Down: the product of the factors of all inputs on the way. Up: the sum over the leaves below of value times product.</summary>
        private readonly ref double _products;

        /// <summary>By node and q: the part of the sum where an edge further down decides over the same input.</summary>
        private readonly ref double _decided;

        public Walk(ShapTree tree, TreeEnsemble trees, Span<double> room)
        {
            (_tree, _trees, _width) = (tree, trees, tree.Width);
            _nodes = trees.Nodes.AsSpan().Slice(tree._root, tree._edges.Length);
            _goes = ref MemoryMarshal.GetReference(room);
            _products = ref Unsafe.Add(ref _goes, _nodes.Length * Lanes);
            _decided = ref Unsafe.Add(ref _products, _nodes.Length * _width * Lanes);
            for (int q = 0; q < _width; q++)
                Store(Vector256<double>.One, ref _products, q);
        }

        public void Down(ReadOnlySpan<double> columns)
        {
            for (int node = 0; node < _nodes.Length; node++)
            {
                TreeNode asks = _nodes[node];
                if (asks.IsLeaf)
                    continue;
                Vector256<double> goesLeft = GoesLeft(asks, columns.Slice(asks.Input * Lanes, Lanes));
                Enter(node, asks.Left - _tree._root, goesLeft);
                Enter(node, asks.Left - _tree._root + 1, ~goesLeft);
            }
        }

        public void Up(Span<double> sums)
        {
            for (int node = _nodes.Length - 1; node >= 0; node--)
            {
                TreeNode asks = _nodes[node];
                if (asks.IsLeaf)
                    continue;
                int left = asks.Left - _tree._root;
                Vector256<double> worth = Leave(left) + Leave(left + 1);
                ref double sum = ref MemoryMarshal.GetReference(sums.Slice(asks.Input * Lanes, Lanes));
                Store(Load(ref sum, 0) + worth, ref sum, 0);
                for (int q = 0; q < _width; q++)
                    Store(Load(ref _products, (left * _width) + q) + Load(ref _products, ((left + 1) * _width) + q), ref _products, (node * _width) + q);
            }
        }

        private Vector256<double> GoesLeft(TreeNode node, ReadOnlySpan<double> four)
        {
            Vector256<double> x = Vector256.Create(four);
            if (node.IsCategory)
                return Vector256.Create(Bits(node, four[0]), Bits(node, four[1]), Bits(node, four[2]), Bits(node, four[3])).AsDouble();
            Vector256<double> left = Vector256.LessThanOrEqual(x, Vector256.Create(node.Value));
            return node.MissingLeft ? left | ~Vector256.Equals(x, x) : left;
        }

        private long Bits(TreeNode node, double x) => _trees.GoesLeft(node, x) ? -1 : 0;

        private void Enter(int parent, int child, Vector256<double> goes)
        {
            ShapEdge edge = _tree._edges[child];
            if (edge.Same >= 0)
            {
                EnterAgain(parent, child, goes, edge);
                return;
            }

            Store(goes, ref _goes, child);
            for (int q = 0; q < _width; q++)
                Store(Load(ref _products, (parent * _width) + q) * Factor(edge, goes, q), ref _products, (child * _width) + q);
            Clear(child, edge);
        }

        /// <summary>The factor of the edges above of the same input gives way to that of all of them.</summary>
        private void EnterAgain(int parent, int child, Vector256<double> goes, ShapEdge edge)
        {
            Vector256<double> above = Load(ref _goes, edge.Same);
            goes &= above;
            Store(goes, ref _goes, child);
            double shareAbove = _tree._edges[edge.Same].Share;
            for (int q = 0; q < _width; q++)
            {
                // Where no row went above, the product is 0 and any finite number will do.
                double undo = shareAbove == 0 ? 1 : 1 / (shareAbove * _tree._rule.Apart[q]);
                Vector256<double> without = Vector256.ConditionalSelect(above, Vector256.Create(_tree._reciprocals[(edge.Same * _width) + q]), Vector256.Create(undo));
                Store(Load(ref _products, (parent * _width) + q) * without * Factor(edge, goes, q), ref _products, (child * _width) + q);
            }

            Clear(child, edge);
        }

        /// <summary>z + (o - z) t.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<double> Factor(ShapEdge edge, Vector256<double> goes, int q) =>
            Vector256.ConditionalSelect(goes, Vector256.Create(edge.Along(_tree._rule.Nodes[q])), Vector256.Create(edge.Share * _tree._rule.Apart[q]));

        private void Clear(int child, ShapEdge edge)
        {
            for (int q = 0; edge.DecidedBelow && q < _width; q++)
                Store(default, ref _decided, (child * _width) + q);
        }

        /// <summary>What the edge is worth to its input; leaves the sum of the leaves below it behind.</summary>
        private Vector256<double> Leave(int child)
        {
            ShapEdge edge = _tree._edges[child];
            TreeNode node = _nodes[child];
            Vector256<double> goes = Load(ref _goes, child);
            double[] apart = edge.Share == 0 ? _tree._rule.Nothing : _tree._rule.WorthApart;
            Vector256<double> worth = default;
            for (int q = 0; q < _width; q++)
            {
                Vector256<double> sum = Load(ref _products, (child * _width) + q);
                if (node.IsLeaf)
                    Store(sum *= Vector256.Create(node.Value), ref _products, (child * _width) + q);
                if (edge.Same >= 0)
                    Store(Load(ref _decided, (edge.Same * _width) + q) + sum, ref _decided, (edge.Same * _width) + q);
                if (edge.DecidedBelow)
                    sum -= Load(ref _decided, (child * _width) + q);
                double along = _tree._rule.Weights[q] * (1 - edge.Share) * _tree._reciprocals[(child * _width) + q];
                worth += sum * Vector256.ConditionalSelect(goes, Vector256.Create(along), Vector256.Create(apart[q]));
            }

            return worth;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Load(ref double from, int at) => Vector256.LoadUnsafe(ref from, (nuint)(at * Lanes));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector256<double> value, ref double to, int at) => value.StoreUnsafe(ref to, (nuint)(at * Lanes));
    }
}
