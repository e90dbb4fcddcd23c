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
    private readonly TreeNode[] _nodes;
    private readonly ShapEdge[] _edges;

    /// <summary>By edge and q: z + (1 - z) t, the factor where the row goes along; then its reciprocal; then the worth, weight (1 - z) / factor.</summary>
    private readonly double[] _along;

    public ShapTree(TreeEnsemble trees, PathTree tree, PathEdge[] edges, ShapRule rule)
    {
        int count = tree.End - tree.Root;
        _rule = rule;
        _nodes = [.. trees.Nodes.AsSpan(tree.Root, count).ToArray().Select(n => n.IsLeaf ? n : n with { Left = n.Left - tree.Root })];
        _edges = [.. edges.AsSpan(tree.Root, count).ToArray().Select(e => new ShapEdge(e.Same < 0 ? -1 : e.Same - tree.Root, e.Fraction < Least ? 0 : e.Fraction))];
        foreach (ShapEdge edge in _edges.Where(e => e.Same >= 0).ToArray())
            _edges[edge.Same] = _edges[edge.Same] with { DecidedBelow = true };
        _along = new double[count * Width * 3];
        for (int i = 0; i < count * Width; i++)
        {
            (double z, double t) = (_edges[i / Width].Share, rule.Nodes[i % Width]);
            double factor = z + ((1 - z) * t);
            Span<double> edge = _along.AsSpan(i / Width * 3 * Width);
            (edge[i % Width], edge[Width + (i % Width)], edge[(2 * Width) + (i % Width)]) = (factor, 1 / factor, rule.Weights[i % Width] * (1 - z) / factor);
        }
    }

    /// <summary>Numbers that an explanation works in.</summary>
    public int Room => checked(_nodes.Length * Lanes * ((2 * Width) + 1));

    public long HeldBytes => MemorySize.Object(32) + MemorySize.Array(_nodes) + MemorySize.Array(_edges) + MemorySize.Array(_along);

    private int Width => _rule.Nodes.Length;

    /// <summary>Adds what the tree gives to each input of four rows.</summary>
    /// <param name="columns">Inputs x 4.</param>
    /// <param name="room"><see cref="Room"/> numbers or more.</param>
    /// <param name="sums">Inputs x 4.</param>
    public void Explain(TreeEnsemble trees, ReadOnlySpan<double> columns, Span<double> room, Span<double> sums)
    {
        if (_nodes.Length == 0 || _nodes[0].IsLeaf)
            return;
        room = room[..Room];
        var walk = new Walk(this, room);
        walk.Down(trees, columns);
        walk.Up(sums);
    }

    /// <param name="Same">The node of the nearest edge above that asks for the same input, or -1.</param>
    /// <param name="Share">z: of the training weight, what goes the way of all edges of the input down to here.</param>
    /// <param name="DecidedBelow">Whether an edge further down asks for the same input.</param>
    private readonly record struct ShapEdge(int Same, double Share, bool DecidedBelow = false);

    /// <summary>Four rows in the tree. Children come after their parent, and every index is one of the tree, as its paths were checked.</summary>
    private readonly ref struct Walk
    {
        private readonly ShapTree _tree;
        private readonly int _width;

        /// <summary>By node: whether a row goes along its edge and all above it of the same input; all bits or none.</summary>
        private readonly ref double _goes;

        /// <summary>By node and q. Down: the product of the factors of all inputs on the way. Up: the sum over the leaves below of value times product.</summary>
        private readonly ref double _products;

        /// <summary>By node and q: the part of the sum where an edge further down decides over the same input.</summary>
        private readonly ref double _decided;

        public Walk(ShapTree tree, Span<double> room)
        {
            (_tree, _width) = (tree, tree.Width);
            _goes = ref MemoryMarshal.GetReference(room);
            _products = ref Unsafe.Add(ref _goes, tree._nodes.Length * Lanes);
            _decided = ref Unsafe.Add(ref _products, tree._nodes.Length * _width * Lanes);
            for (int q = 0; q < _width; q++)
                Store(Vector256<double>.One, ref _products, q);
        }

        public void Down(TreeEnsemble trees, ReadOnlySpan<double> columns)
        {
            TreeNode[] nodes = _tree._nodes;
            for (int node = 0; node < nodes.Length; node++)
            {
                if (nodes[node].IsLeaf)
                    continue;
                Vector256<double> left = GoesLeft(trees, nodes[node], columns.Slice(nodes[node].Input * Lanes, Lanes));
                Enter(node, nodes[node].Left, left);
                Enter(node, nodes[node].Left + 1, ~left);
            }
        }

        public void Up(Span<double> sums)
        {
            TreeNode[] nodes = _tree._nodes;
            for (int node = nodes.Length - 1; node >= 0; node--)
            {
                if (nodes[node].IsLeaf)
                    continue;
                int left = nodes[node].Left;
                Vector256<double> worth = Leave(left, nodes[left]) + Leave(left + 1, nodes[left + 1]);
                ref double sum = ref MemoryMarshal.GetReference(sums.Slice(nodes[node].Input * Lanes, Lanes));
                Store(Load(ref sum, 0) + worth, ref sum, 0);
                for (int q = 0; q < _width; q++)
                    Store(Load(ref _products, (left * _width) + q) + Load(ref _products, ((left + 1) * _width) + q), ref _products, (node * _width) + q);
            }
        }

        private static Vector256<double> GoesLeft(TreeEnsemble trees, TreeNode node, ReadOnlySpan<double> four)
        {
            Vector256<double> x = Vector256.Create(four);
            if (node.IsCategory)
                return Vector256.Create(Bits(trees, node, four[0]), Bits(trees, node, four[1]), Bits(trees, node, four[2]), Bits(trees, node, four[3])).AsDouble();
            Vector256<double> left = Vector256.LessThanOrEqual(x, Vector256.Create(node.Value));
            return node.MissingLeft ? left | ~Vector256.Equals(x, x) : left;
        }

        private static long Bits(TreeEnsemble trees, TreeNode node, double x) => trees.GoesLeft(node, x) ? -1 : 0;

        private void Enter(int parent, int child, Vector256<double> goes)
        {
            ShapEdge edge = _tree._edges[child];
            if (edge.Same >= 0)
            {
                EnterAgain(parent, child, goes, edge);
                return;
            }

            Store(goes, ref _goes, child);
            ref double factors = ref _tree._along[child * _width * 3];
            ref double apart = ref MemoryMarshal.GetArrayDataReference(_tree._rule.Apart);
            for (int q = 0; q < _width; q++)
            {
                Vector256<double> factor = Vector256.ConditionalSelect(goes, Vector256.Create(Unsafe.Add(ref factors, q)), Vector256.Create(edge.Share * Unsafe.Add(ref apart, q)));
                Store(Load(ref _products, (parent * _width) + q) * factor, ref _products, (child * _width) + q);
            }

            Clear(child, edge);
        }

        /// <summary>The factor of the edges above of the same input gives way to that of all of them.</summary>
        private void EnterAgain(int parent, int child, Vector256<double> goes, ShapEdge edge)
        {
            Vector256<double> above = Load(ref _goes, edge.Same);
            goes &= above;
            Store(goes, ref _goes, child);
            ref double factors = ref _tree._along[child * _width * 3];
            ref double reciprocals = ref _tree._along[((edge.Same * 3) + 1) * _width];
            double shareAbove = _tree._edges[edge.Same].Share;
            for (int q = 0; q < _width; q++)
            {
                double apart = _tree._rule.Apart[q];
                // Where no row went above, the product is 0 and any finite number will do.
                double undo = shareAbove == 0 ? 1 : 1 / (shareAbove * apart);
                Vector256<double> factor = Vector256.ConditionalSelect(goes, Vector256.Create(Unsafe.Add(ref factors, q)), Vector256.Create(edge.Share * apart))
                    * Vector256.ConditionalSelect(above, Vector256.Create(Unsafe.Add(ref reciprocals, q)), Vector256.Create(undo));
                Store(Load(ref _products, (parent * _width) + q) * factor, ref _products, (child * _width) + q);
            }

            Clear(child, edge);
        }

        private void Clear(int child, ShapEdge edge)
        {
            for (int q = 0; edge.DecidedBelow && q < _width; q++)
                Store(default, ref _decided, (child * _width) + q);
        }

        /// <summary>What the edge is worth to its input; leaves the sum of the leaves below it behind.</summary>
        private Vector256<double> Leave(int child, TreeNode node)
        {
            ShapEdge edge = _tree._edges[child];
            Vector256<double> goes = Load(ref _goes, child);
            ref double worths = ref _tree._along[((child * 3) + 2) * _width];
            ref double apart = ref MemoryMarshal.GetArrayDataReference(edge.Share == 0 ? _tree._rule.Nothing : _tree._rule.WorthApart);
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
                worth += sum * Vector256.ConditionalSelect(goes, Vector256.Create(Unsafe.Add(ref worths, q)), Vector256.Create(Unsafe.Add(ref apart, q)));
            }

            return worth;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Load(ref double from, int at) => Vector256.LoadUnsafe(ref from, (nuint)(at * Lanes));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector256<double> value, ref double to, int at) => value.StoreUnsafe(ref to, (nuint)(at * Lanes));
    }
}
