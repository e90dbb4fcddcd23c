using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Sorts numbers by their bits, eleven at a time from the last on: in the same order as comparing them (a zero with a sign before one
/// without).
/// </summary>
internal static class NumberSort
{
    /// <summary>Below so many, comparing is as fast.</summary>
    private const int Few = 8192;

    private const int DigitBits = 11;
    private const int Digits = 6;
    private const int Values = 1 << DigitBits;

    /// <param name="numbers">Without NaN.</param>
    public static void Sort(Span<double> numbers)
    {
        if (numbers.Length < Few)
        {
            numbers.Sort();
            return;
        }

        ulong[] spare = ArrayPool<ulong>.Shared.Rent(numbers.Length);
        Sort(MemoryMarshal.Cast<double, ulong>(numbers), spare.AsSpan(0, numbers.Length));
        ArrayPool<ulong>.Shared.Return(spare);
    }

    private static void Sort(Span<ulong> keys, Span<ulong> spare)
    {
        ToKeys(keys);
        int[] counts = Count(keys);
        Span<ulong> from = keys, to = spare;
        for (int digit = 0; digit < Digits; digit++)
        {
            Span<int> of = counts.AsSpan(digit * Values, Values);
            int shift = digit * DigitBits;
            // All alike: they are in order already.
            if (of[(int)((keys[0] >> shift) % Values)] == keys.Length)
                continue;
            ToPlaces(of);
            Move(from, to, shift, of);
            Span<ulong> moved = to;
            to = from;
            from = moved;
        }

        FromKeys(from, keys);
    }

    /// <summary>Whole numbers that stand in the order of the floating ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToKeys(Span<ulong> bits)
    {
        for (int i = 0; i < bits.Length; i++)
            bits[i] ^= (ulong)((long)bits[i] >> 63) | (1UL << 63);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FromKeys(ReadOnlySpan<ulong> keys, Span<ulong> bits)
    {
        for (int i = 0; i < keys.Length; i++)
            bits[i] = keys[i] ^ ((ulong)(~(long)keys[i] >> 63) | (1UL << 63));
    }

    /// <summary>How often each value of each digit occurs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Count(ReadOnlySpan<ulong> keys)
    {
        var counts = new int[Digits * Values];
        ref int first = ref MemoryMarshal.GetArrayDataReference(counts);
        foreach (ulong key in keys)
        {
            for (int digit = 0; digit < Digits; digit++)
                Unsafe.Add(ref first, (digit * Values) + (int)((key >> (digit * DigitBits)) % Values))++;
        }

        return counts;
    }

    private static void ToPlaces(Span<int> counts)
    {
        int place = 0;
        foreach (ref int count in counts)
            (count, place) = (place, place + count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move(ReadOnlySpan<ulong> from, Span<ulong> to, int shift, Span<int> places)
    {
        ref int first = ref MemoryMarshal.GetReference(places);
        foreach (ulong key in from)
            to[Unsafe.Add(ref first, (int)((key >> shift) % Values))++] = key;
    }
}
