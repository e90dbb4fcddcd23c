using System.Text;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>How messages speak of values and types.</summary>
internal static class ValueText
{
    private const int MaxShown = 60;

    public static string NotA(ColumnType type, ReadOnlySpan<byte> value) =>
        $"'{Show(value)}' is not {Name(type)}; mend the value, list it under the missing values or give the column another type";

    private static string Name(ColumnType type) => type switch
    {
        ColumnType.Number => "a number",
        ColumnType.Boolean => "a boolean (true/false, yes/no, t/f, y/n, 1/0)",
        ColumnType.Timestamp => "a timestamp (ISO 8601, such as 2026-11-21 or 2026-11-21T03:05:00Z)",
        _ => $"a {type}",
    };

    private static string Show(ReadOnlySpan<byte> value)
    {
        string text = Encoding.UTF8.GetString(value);
        return text.Length <= MaxShown ? text : text[..MaxShown] + "…";
    }
}
