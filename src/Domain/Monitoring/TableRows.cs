using System.Globalization;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Monitoring;

/// <summary>Joins tables below each other.</summary>
internal static class TableRows
{
    /// <summary>
    /// The rows of both, in the columns of the first. A column the second lacks is missing in its rows; one of another type is read
    /// from its text, and what cannot be read is missing.
    /// </summary>
    public static Table Append(Table first, Table second) =>
        new([.. first.Columns.Select(c => Append(c, Texts(second.Find(c.Name), second.RowCount)))], first.RowCount + second.RowCount);

    private static Column Append(Column column, IEnumerable<string?> more) => column switch
    {
        NumberColumn n => new NumberColumn(n.Name, [.. n.Values, .. more.Select(ToNumber)]),
        BooleanColumn b => new BooleanColumn(b.Name, [.. b.Values, .. more.Select(ToFlag)]),
        TimestampColumn t => new TimestampColumn(t.Name, [.. t.Ticks, .. more.Select(ToTicks)]),
        CategoryColumn => CategoryColumn.From(column.Name, Texts(column, column.Count).Concat(more)),
        _ => new TextColumn(column.Name, [.. Texts(column, column.Count), .. more]),
    };

    private static IEnumerable<string?> Texts(Column? column, int rows) =>
        column is null ? Enumerable.Repeat<string?>(null, rows) : Enumerable.Range(0, rows).Select(column.Format);

    private static double ToNumber(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;

    private static sbyte ToFlag(string? text) => text?.ToLowerInvariant() switch { "true" or "1" => 1, "false" or "0" => 0, _ => -1 };

    private static long ToTicks(string? text) =>
        DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out DateTime time)
            ? time.Ticks
            : TimestampColumn.Missing;
}
