using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>What all trees of a forest share.</summary>
/// <param name="Features">The bins of <paramref name="Table"/>.</param>
/// <param name="Target">The class of each row, or its number less the mean of all.</param>
/// <param name="Weights">Numbers a float holds, about 1; null when all rows count alike.</param>
/// <param name="Classes">Shares a leaf has; 0 where it has one number (two classes are 0 and 1).</param>
/// <param name="Tried">Inputs tried at a node.</param>
internal sealed record ForestData(BinnedTable Table, FeatureBins[] Features, double[] Target, double[]? Weights, int Classes, ForestOptions Options, int Tried)
{
    /// <summary>Of the rows that weigh.</summary>
    public double MeanWeight { get; init; } = 1;

    /// <summary>Leaves hold shares of classes.</summary>
    public bool IsShare { get; init; }

    /// <summary>Numbers a leaf has.</summary>
    public int Outputs => Math.Max(1, Classes);
}

/// <summary>A row of a tree's sample: how often it was drawn times its weight, and what it should give.</summary>
internal readonly record struct ForestRow(int Row, float Weight, double Target);

/// <summary>
/// A node of a tree that speaks of bins. Inner: rows go left when their bin of Feature is at most Cut, or for a category among the bins of
/// the tree's set number Cut; missing ones by MissingLeft. Leaf: Left is 0 and Feature is its number among the leaves.
/// </summary>
internal readonly record struct BinNode(int Left, int Feature, int Cut, bool MissingLeft)
{
    public bool IsLeaf => Left == 0;
}

/// <summary>A grown tree; children stand behind their parent, side by side.</summary>
/// <param name="Cover">Weight of the rows of each node.</param>
/// <param name="Gain">By how much the node's split lowers impurity times weight; 0 for leaves.</param>
/// <param name="Leaves">A number an output for each leaf.</param>
/// <param name="Sets">Bins that go left, by split of a category.</param>
internal sealed record ForestTree(BinNode[] Nodes, float[] Cover, float[] Gain, double[] Leaves, BinSet[] Sets)
{
    /// <summary>The number of the leaf that a binned row comes to.</summary>
    public int Find(ReadOnlySpan<byte> row, FeatureBins[] features)
    {
        BinNode node = Nodes[0];
        while (!node.IsLeaf)
        {
            int bin = row[node.Feature];
            bool left = bin == features[node.Feature].Missing ? node.MissingLeft
                : features[node.Feature] is CategoryBins ? Sets[node.Cut].Contains(bin) : bin <= node.Cut;
            node = Nodes[node.Left + (left ? 0 : 1)];
        }

        return node.Feature;
    }
}
