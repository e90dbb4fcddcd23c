using System.Numerics;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// The fewest digits that read back as the same double, the nearest of them, as the runtime writes it: Schubfach (Giulietti 2021), for sizes that
/// probabilities and most other numbers have, whose powers of ten are exact in 128 bits. Several times as fast as the runtime's. Allocates nothing.
/// </summary>
internal static class ShortestNumber
{
    /// <summary>Most bytes of a number.</summary>
    public const int MaxLength = 24;

    /// <summary>The runtime writes what is smaller with an exponent.</summary>
    private const double Least = 1e-4;

    /// <summary>And what is larger.</summary>
    private const double Most = 1e15;

    private const int SignificandBits = 52, Bias = 1023 + SignificandBits, Digits = 17;

    /// <summary>Powers of ten, the highest bit of each in front: 10^0 to 10^27 hold all sizes. The reader of numbers (Learning) has the same, and more, of its own.</summary>
    private static readonly UInt128[] Powers = [.. Enumerable.Range(0, 28).Select(Power)];

    /// <summary>False, and nothing is written: it is of another size.</summary>
    public static bool TryFormat(double value, Span<byte> to, out int length)
    {
        length = 0;
        double size = Math.Abs(value);
        if (!(size >= Least && size < Most) || to.Length < MaxLength)
            return false;
        (ulong digits, int exponent) = Shortest(size);
        if (value < 0)
            to[length++] = (byte)'-';
        length += Put(digits, exponent, to[length..]);
        return true;
    }

    /// <summary>digits x 10^exponent.</summary>
    private static (ulong Digits, int Exponent) Shortest(double size)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(size);
        ulong fraction = bits & ((1UL << SignificandBits) - 1);
        ulong significand = fraction | (1UL << SignificandBits);
        int power = (int)(bits >> SignificandBits) - Bias;
        if (power <= 0 && -power <= SignificandBits && BitOperations.TrailingZeroCount(significand) >= -power)
            return Trimmed(significand >> -power);
        bool isEven = (significand & 1) == 0;
        // The double below a power of two is half as far away.
        bool isCloser = fraction == 0;
        int ten = ((power * 1_262_611) - (isCloser ? 524_031 : 0)) >> 22;
        int shift = power + ((-ten * 1_741_647) >> 19) + 1;
        UInt128 scale = Powers[-ten];
        ulong middle = RoundToOdd(scale, (4 * significand) << shift);
        ulong lower = RoundToOdd(scale, ((4 * significand) - (isCloser ? 1UL : 2UL)) << shift) + (isEven ? 0UL : 1UL);
        ulong upper = RoundToOdd(scale, ((4 * significand) + 2) << shift) - (isEven ? 0UL : 1UL);
        ulong whole = middle / 4;
        ulong shorter = whole / 10;
        (bool isBelow, bool isAbove) = (lower <= 40 * shorter, (40 * shorter) + 40 <= upper);
        if (isBelow != isAbove)
            return Trimmed(shorter + (isAbove ? 1UL : 0UL), ten + 1);
        (isBelow, isAbove) = (lower <= 4 * whole, (4 * whole) + 4 <= upper);
        if (isBelow != isAbove)
            return (whole + (isAbove ? 1UL : 0UL), ten);
        ulong half = (4 * whole) + 2;
        return (whole + (middle > half || (middle == half && (whole & 1) != 0) ? 1UL : 0UL), ten);
    }

    /// <summary>The upper 64 bits of the product; the lowest of them says whether something was cut off.</summary>
    private static ulong RoundToOdd(UInt128 scale, ulong factor)
    {
        ulong low = Math.BigMul((ulong)scale, factor, out _);
        ulong high = Math.BigMul((ulong)(scale >> 64), factor, out ulong middle);
        ulong sum = middle + low;
        high += sum < low ? 1UL : 0UL;
        return high | (sum > 1 ? 1UL : 0UL);
    }

    private static (ulong Digits, int Exponent) Trimmed(ulong digits, int exponent = 0)
    {
        while (exponent < 0)
        {
            (ulong tenth, ulong last) = Math.DivRem(digits, 10);
            if (last != 0)
                break;
            (digits, exponent) = (tenth, exponent + 1);
        }

        return (digits, exponent);
    }

    private static int Put(ulong digits, int exponent, Span<byte> to)
    {
        Span<byte> text = stackalloc byte[Digits];
        int from = text.Length;
        for (ulong left = digits; left != 0; left /= 10)
            text[--from] = (byte)('0' + (left % 10));
        text = text[from..];
        int whole = text.Length + exponent;
        if (exponent >= 0)
        {
            text.CopyTo(to);
            to.Slice(text.Length, exponent).Fill((byte)'0');
            return whole;
        }

        if (whole > 0)
        {
            text[..whole].CopyTo(to);
            to[whole] = (byte)'.';
            text[whole..].CopyTo(to[(whole + 1)..]);
            return text.Length + 1;
        }

        "0."u8.CopyTo(to);
        to.Slice(2, -whole).Fill((byte)'0');
        text.CopyTo(to[(2 - whole)..]);
        return 2 - whole + text.Length;
    }

    private static UInt128 Power(int ten)
    {
        UInt128 power = 1;
        for (int i = 0; i < ten; i++)
            power *= 10;
        return power << (int)UInt128.LeadingZeroCount(power);
    }
}
