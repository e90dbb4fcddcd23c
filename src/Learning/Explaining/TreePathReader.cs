using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Reads the paths of an ensemble, in one pass: children come after their parent. What it needs on the way goes with it. Explanations ask
/// more of a file than scores do: what another tool wrote may give predictions and be refused here.
/// </summary>
internal sealed class TreePathReader
{
    private readonly TreeEnsemble _trees;
    private readonly PathEdge[] _edges;
    private readonly int[] _parent;
    private readonly int[] _distinct;
    private readonly double[] _reach;

    public TreePathReader(TreeEnsemble trees)
    {
        int nodes = trees.Nodes.Length;
        (_trees, _edges) = (trees, new PathEdge[nodes]);
        (_parent, _distinct, _reach) = (new int[nodes], new int[nodes], new double[nodes]);
        _parent.AsSpan().Fill(-1);
    }

    public TreePaths Read()
    {
        int[] ends = [.. _trees.Roots.Skip(1), _trees.Nodes.Length];
        return new TreePaths([.. _trees.Roots.Select((root, tree) => Read(root, ends[tree]))], _edges);
    }

    private PathTree Read(int root, int end)
    {
        if (end <= root)
            throw ModelFile.Damaged($"the tree that begins at node {root} has no nodes of its own; trees must stand one behind the other to be explained");
        double mean = 0;
        int inputs = 0;
        _reach[root] = 1;
        for (int i = root; i < end; i++)
        {
            TreeNode node = _trees.Nodes[i];
            if (i > root && _parent[i] < 0)
                throw ModelFile.Damaged($"no node leads to node {i}");
            if (node.IsLeaf)
                (mean, inputs) = (mean + (_reach[i] * node.Value), Math.Max(inputs, _distinct[i]));
            else if (node.Left + 1 >= end || _parent[node.Left] >= 0 || _parent[node.Left + 1] >= 0)
                throw ModelFile.Damaged($"node {i} has children that are not its own");
            else
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
            _edges[child] = new PathEdge(same, part * (same < 0 ? 1 : _edges[same].Fraction));
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
