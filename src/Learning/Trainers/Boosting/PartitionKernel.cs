using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Divides rows by the bin of one feature, keeping their order. With addresses for the same reason as <see cref="HistogramKernel"/>.</summary>
internal static unsafe class PartitionKernel
{
    private const int Ahead = 16;

    /// <summary>Moves the rows that go left to the front of <paramref name="rows"/> and the others to the front of <paramref name="spare"/>.</summary>
    /// <param name="spare">At least as long.</param>
    /// <returns>How many go left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Divide(Span<int> rows, Span<int> spare, BinnedTable table, int feature, BinSet leftBins)
    {
        byte* goesLeft = stackalloc byte[256];
        for (int bin = 0; bin < 256; bin++)
            goesLeft[bin] = (byte)(leftBins.Contains(bin) ? 1 : 0);
        int stride = table.Stride;
        fixed (int* from = rows, rest = spare)
        fixed (byte* bins = table.Bins)
        {
            byte* column = bins + feature;
            int* left = from;
            int* right = rest;
            int* end = from + rows.Length;
            for (int* at = from; at < end; at++)
            {
                if (Sse.IsSupported && at + Ahead < end)
                    Sse.Prefetch0(column + ((nint)at[Ahead] * stride));
                int row = *at;
                int step = goesLeft[column[(nint)row * stride]];
                // Both are written and one of them stays, which is cheaper than a branch that nobody can guess.
                *left = row;
                *right = row;
                left += step;
                right += 1 - step;
            }

            return (int)(left - from);
        }
    }
}
