using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>The edge that leads into a node, seen with those above it that ask for the same input.</summary>
/// <param name="Same">The node of the nearest such edge above, or -1.</param>
/// <param name="Fraction">Share of the training weight that goes the way of all of them: the product over the edges of the cover of the child by that of both children.</param>
internal readonly record struct PathEdge(int Same, double Fraction);

/// <summary>What explanations need of one tree whatever the row.</summary>
/// <param name="Root">Its first node; it has those up to <paramref name="End"/>.</param>
/// <param name="Mean">Mean of the leaves, weighted by cover.</param>
/// <param name="Inputs">Most distinct inputs that a path asks for.</param>
internal readonly record struct PathTree(int Root, int End, double Mean, int Inputs);

/// <summary>Reads the paths of an ensemble. One pass in the order of the nodes is enough, since children come after their parent.</summary>
internal sealed class TreePaths
{
    private readonly TreeEnsemble _trees;
    private readonly int[] _parent;
    private readonly int[] _distinct;
    private readonly double[] _reach;

    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: two trees, or two parents, share a node.</exception>
    public TreePaths(TreeEnsemble trees)
    {
        (_trees, Edges) = (trees, new PathEdge[trees.Nodes.Length]);
        (_parent, _distinct, _reach) = (new int[trees.Nodes.Length], new int[trees.Nodes.Length], new double[trees.Nodes.Length]);
        _parent.AsSpan().Fill(-1);
        Trees = new PathTree[trees.Roots.Length];
        for (int tree = 0; tree < Trees.Length; tree++)
            Trees[tree] = Read(trees.Roots[tree], tree + 1 < Trees.Length ? trees.Roots[tree + 1] : trees.Nodes.Length);
    }

    public PathTree[] Trees { get; }

    /// <summary>By node; that of a root says nothing.</summary>
    public PathEdge[] Edges { get; }

    private PathTree Read(int root, int end)
    {
        double mean = 0;
        int inputs = 0;
        if (root < end)
            _reach[root] = 1;
        for (int i = root; i < end; i++)
        {
            TreeNode node = _trees.Nodes[i];
            if (node.IsLeaf)
            {
                mean += _reach[i] * node.Value;
                inputs = Math.Max(inputs, _distinct[i]);
                continue;
            }

            if (node.Left + 1 >= end || _parent[node.Left] >= 0 || _parent[node.Left + 1] >= 0)
                throw Trainers.ModelFile.Damaged($"node {i} has children that are not its own");
            Divide(i, node);
        }

        return new PathTree(root, end, mean, inputs);
    }

    private void Divide(int index, TreeNode node)
    {
        int same = NearestOf(node.Input, index);
        double left = Cover(node.Left);
        double both = left + Cover(node.Left + 1);
        double share = both > 0 ? left / both : 0.5;
        Enter(node.Left, share);
        Enter(node.Left + 1, 1 - share);

        void Enter(int child, double part)
        {
            _parent[child] = index;
            _distinct[child] = _distinct[index] + (same < 0 ? 1 : 0);
            _reach[child] = _reach[index] * part;
            Edges[child] = new PathEdge(same, part * (same < 0 ? 1 : Edges[same].Fraction));
        }
    }

    /// <summary>Sums of hessians are not negative but for rounding.</summary>
    private double Cover(int node) => _trees.Cover[node] is > 0 and < float.PositiveInfinity and float cover ? cover : 0;

    private int NearestOf(int input, int from)
    {
        for (int node = from; _parent[node] >= 0; node = _parent[node])
        {
            if (_trees.Nodes[_parent[node]].Input == input)
                return node;
        }

        return -1;
    }
}
