using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// A node as scoring wants it, in 16 bytes. A step needs no jump: the next node is Next, or the one after it. A leaf is its own next
/// node, so that walks of different lengths go on side by side. A set of up to 64 levels is the bits of Value; of a larger one
/// Value is the place in the ensemble's sets.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ScoringNode
{
    private const int InnerBit = 29;
    private const int CategoryBit = 30;
    private const int InputMask = (1 << 28) - 1;

    private readonly double _value;
    private readonly int _feature;
    private readonly int _next;

    private ScoringNode(double value, int feature, int next) => (_value, _feature, _next) = (value, feature, next);

    public static int InnerFlag => 1 << InnerBit;

    public static int LargeSetFlag => 1 << 28;

    /// <summary>The score of a leaf; the place of a large set.</summary>
    public double Value => _value;

    /// <summary>Input and flags.</summary>
    public int Feature => _feature;

    public int Next => _next;

    public static ScoringNode Of(TreeNode node, int index, ReadOnlySpan<uint> sets)
    {
        if (node.IsLeaf)
            return new(node.Value, 0, index);
        int feature = node.Feature | InnerFlag;
        if (!node.IsCategory)
            return new(node.Value, feature, node.Left);
        int set = (int)node.Value;
        return sets[set] <= 2
            ? new(BitConverter.UInt64BitsToDouble(Bits(sets.Slice(set + 1, (int)sets[set]))), feature, node.Left)
            : new(set, feature | LargeSetFlag, node.Left);
    }

    /// <summary>1 for the right child, where a node asks for a number or a level of a set that is not large. 0 at a leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Right(ref readonly ScoringNode node, ref readonly double row)
    {
        double x = Unsafe.Add(ref Unsafe.AsRef(in row), node._feature & InputMask);
        int missing = Missing(x);
        int above = x > node._value ? 1 : 0;
        // A level is below 64 here; what a missing one shifts by does not matter.
        int outside = (int)(~BitConverter.DoubleToUInt64Bits(node._value) >> double.ConvertToIntegerNative<int>(x)) & 1;
        int category = (node._feature >> CategoryBit) & 1;
        int known = (above & ~category) | (outside & category);
        int right = (known & ~missing) | (missing & MissingRight(node._feature));
        return right & (node._feature >> InnerBit) & 1;
    }

    private static int Missing(double x) => double.IsNaN(x) ? 1 : 0;

    /// <summary>The highest bit says that missing values go left.</summary>
    private static int MissingRight(int feature) => (int)(~(uint)feature >> 31);

    private static ulong Bits(ReadOnlySpan<uint> words) => words switch
    {
        [var low, var high] => low | ((ulong)high << 32),
        [var low] => low,
        _ => 0,
    };
}
