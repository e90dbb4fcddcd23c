using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// The loop that training spends its time in: for each row a word of packed derivatives is added to one slot of each feature. Longer than
/// a method should be, and with addresses, because an update takes a nanosecond: a call, a bounds check or an index more would show. Compiled
/// with all optimization at once, as the other loops over rows and bins, since a small fit has ended before the runtime finds out that they are hot.
/// </summary>
internal static unsafe class HistogramKernel
{
    /// <summary>Rows are in order but not all there, which the processor's own prefetching does not follow.</summary>
    private const int Ahead = 12;

    private const int CacheLine = 64;

    /// <summary>Adds rows to all features of a table, four at a time; rows are padded to that.</summary>
    /// <param name="block">A run of <paramref name="run"/> slots for each column, padding included.</param>
    /// <param name="gradients">Packed, at the row's own place.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<long> block, int run, BinnedTable table, ReadOnlySpan<int> rows, ReadOnlySpan<long> gradients)
    {
        int stride = table.Stride;
        fixed (long* slots = block, words = gradients)
        fixed (byte* bins = table.Bins)
        fixed (int* first = rows)
        {
            int* end = first + rows.Length;
            for (int* row = first; row < end; row++)
            {
                if (Sse.IsSupported && row + Ahead < end)
                {
                    byte* next = bins + ((nint)row[Ahead] * stride);
                    Sse.Prefetch0(words + row[Ahead]);
                    for (int line = 0; line < stride; line += CacheLine)
                        Sse.Prefetch0(next + line);
                    Sse.Prefetch0(next + stride - 1);
                }

                long word = words[*row];
                byte* bin = bins + ((nint)(*row) * stride);
                byte* last = bin + stride;
                long* slot = slots;
                for (; bin < last; bin += 4)
                {
                    slot[bin[0]] += word;
                    slot += run;
                    slot[bin[1]] += word;
                    slot += run;
                    slot[bin[2]] += word;
                    slot += run;
                    slot[bin[3]] += word;
                    slot += run;
                }
            }
        }
    }

    /// <summary>Adds rows to some features.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<long> block, int run, BinnedTable table, ReadOnlySpan<int> rows, ReadOnlySpan<long> gradients, ReadOnlySpan<int> features)
    {
        int stride = table.Stride;
        fixed (long* slots = block, words = gradients)
        fixed (byte* bins = table.Bins)
        fixed (int* first = rows, columns = features)
        {
            int* end = first + rows.Length;
            int* lastColumn = columns + features.Length;
            for (int* row = first; row < end; row++)
            {
                if (Sse.IsSupported && row + Ahead < end)
                {
                    byte* next = bins + ((nint)row[Ahead] * stride);
                    Sse.Prefetch0(words + row[Ahead]);
                    for (int line = 0; line < stride; line += CacheLine)
                        Sse.Prefetch0(next + line);
                }

                long word = words[*row];
                byte* bin = bins + ((nint)(*row) * stride);
                for (int* column = columns; column < lastColumn; column++)
                    slots[(*column * run) + bin[*column]] += word;
            }
        }
    }
}
