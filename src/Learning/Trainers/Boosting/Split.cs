using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A way to divide the rows of a node.</summary>
/// <param name="Bin">Numbers: the last bin that goes left. Categories: -1.</param>
/// <param name="MissingLeft">Where missing and unknown values go.</param>
/// <param name="LeftBins">All bins that go left, that of missing values included.</param>
/// <param name="LeftSum">Gradient and hessian of the left rows.</param>
internal sealed record Split(int Feature, double Gain, int Bin, bool MissingLeft, BinSet LeftBins, Vector128<double> LeftSum);

/// <summary>A node of a tree that grows, or has grown; without children it is a leaf.</summary>
/// <param name="bounds">Between which its leaves must stay.</param>
internal sealed class Node(int depth, int start, int count, Vector128<double> sum, LeafBounds bounds)
{
    public int Depth { get; } = depth;

    /// <summary>First of the node's rows in the grower's row order.</summary>
    public int Start { get; } = start;

    public int Count { get; } = count;

    public Vector128<double> Sum { get; } = sum;

    public LeafBounds Bounds { get; } = bounds;

    public Vector128<double>[]? Histogram { get; set; }

    /// <summary>The best split found; the node is only divided by it when it has children.</summary>
    public Split? Split { get; set; }

    public Node? Left { get; private set; }

    public Node? Right { get; private set; }

    public double Value { get; set; }

    public void Divide(Node left, Node right) => (Left, Right) = (left, right);

    /// <summary>The value of the leaf a binned row falls into.</summary>
    public double Predict(ReadOnlySpan<byte> row)
    {
        Node node = this;
        while (node.Left is not null)
            node = node.Split!.LeftBins.Contains(row[node.Split.Feature]) ? node.Left : node.Right!;
        return node.Value;
    }

    /// <summary>From left to right.</summary>
    public List<Node> Leaves()
    {
        var leaves = new List<Node>();
        Gather(leaves);
        return leaves;
    }

    private void Gather(List<Node> leaves)
    {
        if (Left is null)
        {
            leaves.Add(this);
            return;
        }

        Left.Gather(leaves);
        Right!.Gather(leaves);
    }
}
