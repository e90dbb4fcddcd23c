using System.Globalization;
using System.Text;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Decimal text to the nearest double. Up to 2^53 in the digits and 22 decimals the quotient of two exact doubles is the
/// correctly rounded result (W. Clinger, "How to read floating point numbers accurately", PLDI 1990); all else goes to the runtime's parser.
/// </summary>
internal static class NumberText
{
    private const ulong LargestExact = 1UL << 53;
    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    private static readonly double[] PowersOfTen = [.. Enumerable.Range(0, 23).Select(e => double.Parse("1e" + e, CultureInfo.InvariantCulture))];

    /// <summary>NaN, in any case, is a number here: the missing one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
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
        int decimals = 0;
        if (i < text.Length && text[i] == (byte)'.')
        {
            int point = i++;
            for (; i < text.Length && (uint)(text[i] - '0') <= 9; i++)
                digits = (digits * 10) + (uint)(text[i] - '0');
            decimals = i - point - 1;
            first++;
        }

        // 19 digits are always below 2^64, so that the sum above has not wrapped.
        if (i != text.Length || (uint)(i - first - 1) >= 19 || digits > LargestExact)
            return TryParseSlowly(text, out value);
        value = decimals == 0 ? digits : digits / PowersOfTen[decimals];
        if (negative)
            value = -value;
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
