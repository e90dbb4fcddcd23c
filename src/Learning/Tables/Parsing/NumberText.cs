using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Decimal text to the nearest double. Up to 2^53 in the digits and 22 powers of ten the product or quotient of two exact doubles is the
/// correctly rounded result (W. Clinger, "How to read floating point numbers accurately", PLDI 1990); up to 19 digits and 27 powers
/// <see cref="PowerOfTen"/> has it; all else goes to the runtime's parser.
/// </summary>
public static class NumberText
{
    /// <summary>Whole numbers up to here are doubles.</summary>
    internal const ulong LargestExact = 1UL << 53;

    private const int MaxPower = 22;

    /// <summary>So many digits are always below 2^64: their sum does not wrap.</summary>
    internal const int MaxDigits = 19;

    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    /// <summary>10^0 to 10^22, each of which is a double.</summary>
    internal static readonly double[] PowersOfTen = [.. Enumerable.Range(0, MaxPower + 1).Select(e => double.Parse("1e" + e, CultureInfo.InvariantCulture))];

    /// <summary>NaN, in any case, is a number here: the missing one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value) => TryParse(text, text.Length, out value);

    /// <param name="from">The text, <paramref name="length"/> bytes of it, and what follows in memory.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ReadOnlySpan<byte> from, int length, out double value)
    {
        if (from.Length >= 8 && (uint)(length - 1) < 8 && TryParseWord(BinaryPrimitives.ReadUInt64LittleEndian(from), length, out value))
            return true;
        return TryParseDigits(from[..length], out value);
    }

    /// <summary>
    /// Up to eight characters in one register, without a branch on what they are: the point is cut out, the digits are aligned to
    /// the high end and summed pairwise (after D. Lemire, "Quickly parsing eight digits", 2018).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryParseWord(ulong word, int length, out double value)
    {
        bool negative = (byte)word == (byte)'-';
        int sign = negative ? 1 : 0;
        word >>= 8 * sign;
        length -= sign;
        value = 0;
        if (length == 0)
            return false;
        ulong dots = ZeroBytes(word ^ Each('.')) & (ulong.MaxValue >> (64 - (8 * length)));
        int decimals = 0;
        if (dots != 0)
        {
            int point = BitOperations.TrailingZeroCount(dots) & ~7;
            ulong before = (1UL << point) - 1;
            word = (word & before) | ((word >> 8) & ~before);
            length--;
            decimals = length - (point / 8);
        }

        // What follows the text is shifted out; zeros come in before it.
        ulong digits = (word ^ Each('0')) << ((64 - (8 * length)) & 63);
        if (length == 0 || (((digits + 0x7676767676767676) | digits) & 0x8080808080808080) != 0)
            return false;
        digits = (digits * 10) + (digits >> 8);
        digits = (((digits & 0x000000FF000000FF) * 0x000F424000000064) + (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32;
        value = (uint)digits / PowersOfTen[decimals];
        value = negative ? -value : value;
        return true;
    }

    /// <summary>Whether the digits, and the point among them, are few enough without the zeros in front, which count for nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool Fits(ReadOnlySpan<byte> digits)
    {
        ReadOnlySpan<byte> rest = digits.TrimStart("0."u8);
        return rest.Length - (rest.Contains((byte)'.') ? 1 : 0) <= MaxDigits;
    }

    /// <summary>False where only a longer calculation could tell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryTimes(ulong digits, int power, out double value)
    {
        if (digits > LargestExact || (uint)(power + MaxPower) > 2 * MaxPower)
            return PowerOfTen.TryTimes(digits, power, out value);
        value = power <= 0 ? digits / PowersOfTen[-power] : digits * PowersOfTen[power];
        return true;
    }

    private static ulong Each(char c) => 0x0101010101010101UL * c;

    /// <summary>The high bit of the lowest zero byte; above it there may be false ones.</summary>
    private static ulong ZeroBytes(ulong word) => (word - 0x0101010101010101) & ~word & 0x8080808080808080;

    private static bool TryParseDigits(ReadOnlySpan<byte> text, out double value)
    {
        int i = 0;
        bool negative = false;
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
        {
            negative = text[0] == (byte)'-';
            i = 1;
        }

        int first = i;
        ulong digits = 0;
        for (; i < text.Length && (uint)(text[i] - '0') <= 9; i++)
            digits = (digits * 10) + (uint)(text[i] - '0');
        int count = i - first, decimals = 0;
        if (i < text.Length && text[i] == (byte)'.')
        {
            int point = i++;
            for (; i < text.Length && (uint)(text[i] - '0') <= 9; i++)
                digits = (digits * 10) + (uint)(text[i] - '0');
            decimals = i - point - 1;
            count += decimals;
        }

        bool fits = count > 0 && (count <= MaxDigits || Fits(text[first..i]));
        int power = -decimals;
        if (!fits || (i != text.Length && !TryParseExponent(text[i..], ref power)) || !TryTimes(digits, power, out value))
            return TryParseSlowly(text, out value);
        if (negative)
            value = -value;
        return true;
    }

    /// <summary>An exponent of few digits; whatever else stands there is for the runtime's parser to judge.</summary>
    private static bool TryParseExponent(ReadOnlySpan<byte> text, ref int power)
    {
        if ((text[0] | 0x20) != 'e')
            return false;
        int at = text.Length > 1 && text[1] is (byte)'-' or (byte)'+' ? 2 : 1;
        if ((uint)(text.Length - at - 1) >= 3)
            return false;
        int exponent = 0;
        foreach (byte digit in text[at..])
        {
            if ((uint)(digit - '0') > 9)
                return false;
            exponent = (exponent * 10) + digit - '0';
        }

        power += text[1] == (byte)'-' ? -exponent : exponent;
        return true;
    }

    private static bool TryParseSlowly(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, Style, CultureInfo.InvariantCulture, out value) || TryParseInfinity(text.Trim((byte)' '), out value);

    private static bool TryParseInfinity(ReadOnlySpan<byte> text, out double value)
    {
        bool negative = text.StartsWith("-"u8);
        value = negative ? double.NegativeInfinity : double.PositiveInfinity;
        return Ascii.EqualsIgnoreCase(negative || text.StartsWith("+"u8) ? text[1..] : text, "inf"u8);
    }
}
