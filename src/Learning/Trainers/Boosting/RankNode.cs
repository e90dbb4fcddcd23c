using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// A node that asks for a number's rank, in 8 bytes: the next node is Next, or the one after it where the rank in the column is above the
/// node's. A leaf is its own next node, so that walks of different lengths go on side by side.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct RankNode
{
    private readonly ushort _column;
    private readonly ushort _rank;
    private readonly int _next;

    private RankNode(int column, int rank, int next) => (_column, _rank, _next) = ((ushort)column, (ushort)rank, next);

    /// <summary>No rank is above this.</summary>
    public const int Highest = ushort.MaxValue;

    public static RankNode Of(TreeNode node, int index, FeatureRanks ranks) => node.IsLeaf
        ? new(0, Highest, index)
        : new(FeatureRanks.Column(node.Input, node.MissingLeft), ranks.Of(node.Input, node.Value), node.Left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Step(ref readonly RankNode nodes, int at, ref readonly ushort ranks)
    {
        ref readonly RankNode node = ref Unsafe.Add(ref Unsafe.AsRef(in nodes), at);
        return node._next + (Unsafe.Add(ref Unsafe.AsRef(in ranks), node._column) > node._rank ? 1 : 0);
    }
}
