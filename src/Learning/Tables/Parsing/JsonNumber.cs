using System.Globalization;
using System.Runtime.CompilerServices;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>Numbers as JSON (RFC 8259, section 6) spells them, to the nearest double.</summary>
public static class JsonNumber
{
    /// <summary>An exponent of this size makes zero or infinity of any number of digits that fits in memory.</summary>
    private const int LargestExponent = 100_000_000;

    /// <summary>
    /// Reads the number that begins at <paramref name="at"/>, and moves behind it. False, and <paramref name="at"/> is of no use,
    /// where there is none, or one too large for a double.
    /// </summary>
    /// <remarks>
    /// Made part of the loop that calls it, so that the place stays in a register: where one number ends decides where the next is
    /// read. The sign is a branch for the same reason; most columns have but one.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> text, ref int at, out double value)
    {
        int i = at;
        bool negative = (uint)i < (uint)text.Length && text[i] == (byte)'-';
        if (negative)
            i++;
        int first = i;
        bool isNumber = TryTake(text, ref i, out ulong digits, out int decimals);
        // So few digits, with the point among them or without, do not wrap.
        bool plain = isNumber && i - first <= NumberText.MaxDigits + (decimals > 0 ? 1 : 0);
        if (!plain || ((uint)i < (uint)text.Length && (text[i] | 0x20) == 'e') || !TryTimes(digits, decimals, out value))
        {
            at = ReadSlowly(text, at, out value);
            return at >= 0;
        }

        value = negative ? -value : value;
        at = i;
        return true;
    }

    /// <summary>Passes the digits and the point among them. False where none are on a side of the point, or a zero is in front of others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTake(ReadOnlySpan<byte> text, ref int at, out ulong digits, out int decimals)
    {
        int first = at;
        digits = TakeDigits(text, ref at, 0);
        int whole = at - first;
        decimals = 0;
        if ((uint)at < (uint)text.Length && text[at] == (byte)'.')
        {
            int point = ++at;
            digits = TakeDigits(text, ref at, digits);
            decimals = at - point;
            whole = decimals == 0 ? 0 : whole;
        }

        return whole > 0 && (whole == 1 || text[first] != (byte)'0');
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong TakeDigits(ReadOnlySpan<byte> text, ref int at, ulong digits)
    {
        uint digit;
        for (; (uint)at < (uint)text.Length && (digit = (uint)text[at] - '0') <= 9; at++)
            digits = (digits * 10) + digit;
        return digits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTimes(ulong digits, int decimals, out double value)
    {
        if (digits > NumberText.LargestExact)
            return PowerOfTen.TryTimes(digits, -decimals, out value);
        value = decimals == 0 ? (long)digits : (long)digits / NumberText.PowersOfTen[decimals];
        return true;
    }

    /// <summary>Exponents, more digits than fit, and what is no number: -1, else where it ends.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadSlowly(ReadOnlySpan<byte> text, int start, out double value)
    {
        int i = start < text.Length && text[start] == (byte)'-' ? start + 1 : start;
        int first = i;
        value = 0;
        if (!TryTake(text, ref i, out ulong digits, out int decimals))
            return -1;
        int end = i, power = -decimals;
        if (i < text.Length && (text[i] | 0x20) == 'e' && !TryPassExponent(text, ref end, ref power))
            return -1;
        bool fits = i - first <= NumberText.MaxDigits || NumberText.Fits(text[first..i]);
        if (fits && NumberText.TryTimes(digits, power, out value))
            value = first == start ? value : -value;
        else if (!double.TryParse(text[start..end], NumberStyles.Float, CultureInfo.InvariantCulture, out value) || !double.IsFinite(value))
            return -1;
        return end;
    }

    /// <param name="power">Gets the exponent added, or so much that it is beyond every double.</param>
    private static bool TryPassExponent(ReadOnlySpan<byte> text, ref int at, ref int power)
    {
        at++;
        bool negative = at < text.Length && text[at] == (byte)'-';
        if (at < text.Length && text[at] is (byte)'-' or (byte)'+')
            at++;
        int first = at, exponent = 0;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
            exponent = Math.Min((exponent * 10) + text[at] - '0', LargestExponent);
        power += negative ? -exponent : exponent;
        return at > first;
    }
}
