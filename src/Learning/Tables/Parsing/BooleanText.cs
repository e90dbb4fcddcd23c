using System.Text;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// <c>true</c> and <c>false</c> in any case. Yes/No and 0/1 are left alone by inference, since they are class labels and
/// counts more often than not; a column declared boolean takes them too.
/// </summary>
internal static class BooleanText
{
    public static bool TryParse(ReadOnlySpan<byte> text, out sbyte value)
    {
        text = text.Trim((byte)' ');
        value = Ascii.EqualsIgnoreCase(text, "true"u8) ? (sbyte)1 : (sbyte)0;
        return value == 1 || Ascii.EqualsIgnoreCase(text, "false"u8);
    }

    public static bool TryParseDeclared(ReadOnlySpan<byte> text, out sbyte value)
    {
        if (TryParse(text, out value))
            return true;
        text = text.Trim((byte)' ');
        value = IsAny(text, "1"u8, "yes"u8, "y"u8, "t"u8) ? (sbyte)1 : (sbyte)0;
        return value == 1 || IsAny(text, "0"u8, "no"u8, "n"u8, "f"u8);
    }

    private static bool IsAny(ReadOnlySpan<byte> text, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d) =>
        Ascii.EqualsIgnoreCase(text, a) || Ascii.EqualsIgnoreCase(text, b) || Ascii.EqualsIgnoreCase(text, c) || Ascii.EqualsIgnoreCase(text, d);
}
