using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// One node in 16 bytes. Inner: numbers go left when x &lt;= Value; categories when their level is in the set at Value; missing ones by a
/// flag of Feature. The children are at Left and Left + 1. Leaf: Left is 0 (no node's child is node 0) and Value is the score.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TreeNode(double Value, int Feature, int Left)
{
    public const int CategoryFlag = 1 << 30;
    public const int FeatureMask = CategoryFlag - 1;
    public const int MissingLeftFlag = int.MinValue;

    public bool IsLeaf => Left == 0;

    public bool IsCategory => (Feature & CategoryFlag) != 0;

    public bool MissingLeft => Feature < 0;

    public int Input => Feature & FeatureMask;
}

/// <summary>All trees of a model in flat arrays: tree t adds to score t % Start.Length.</summary>
/// <param name="Sets">Sets of levels: the number of words, then the bits.</param>
/// <param name="Cover">Sum of hessians per node, which explanations weigh by.</param>
/// <param name="Gain">Gain of the node's split, 0 for leaves.</param>
internal sealed record TreeEnsemble(ModelArray<TreeNode> Nodes, int[] Roots, ModelArray<uint> Sets, double[] Start, ModelArray<float> Cover, ModelArray<float> Gain)
{
    /// <summary>Four arrays or sections of 32 bytes, two references.</summary>
    private const int OwnBytes = (4 * 32) + 16;

    public long HeldBytes =>
        MemorySize.Object(OwnBytes) + Nodes.HeldBytes + MemorySize.Array(Roots) + Sets.HeldBytes + MemorySize.Array(Start) + Cover.HeldBytes + Gain.HeldBytes;

    /// <summary>Whether any of its splits has a gain: formats without them leave all at 0 (of ours only a forest whose splits gained nothing, or less than a float holds).</summary>
    public bool HasGains => Keeps(Gain);

    public bool HasCovers => Keeps(Cover);

    /// <summary>The value of the leaf that a row comes to.</summary>
    public double Walk(int root, ReadOnlySpan<double> row)
    {
        TreeNode node = Nodes[root];
        while (!node.IsLeaf)
            node = Nodes[node.Left + (GoesLeft(node, row) ? 0 : 1)];

        return node.Value;
    }

    /// <summary>Which way a row goes at an inner node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool GoesLeft(TreeNode node, ReadOnlySpan<double> row) => GoesLeft(node, row[node.Input]);

    /// <param name="x">What the row has for the node's input.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool GoesLeft(TreeNode node, double x) =>
        double.IsNaN(x) ? node.MissingLeft : node.IsCategory ? InSet((int)node.Value, (int)x) : x <= node.Value;

    private bool Keeps(ModelArray<float> numbers)
    {
        bool divides = false;
        for (int i = 0; i < Nodes.Length; i++)
        {
            if (Nodes[i].IsLeaf)
                continue;
            if (numbers[i] != 0)
                return true;
            divides = true;
        }

        return !divides;
    }

    private bool InSet(int set, int level)
    {
        int word = level >> 5;
        return (uint)word < Sets[set] && ((Sets[set + 1 + word] >> level) & 1) != 0;
    }
}
