using System.Globalization;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>The one look of our tables.</summary>
internal static class Tables
{
    /// <summary>A column with longer texts takes several lines of them, so that those beside it are read whole.</summary>
    private const int MaxUnbroken = 60;
    private const int MaxShown = 200;

    /// <summary>A table with a header and one row an item; numbers are formatted, text is escaped.</summary>
    public static Table Of<T>(IEnumerable<T> items, params (string Header, Func<T, object?> Cell)[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        string[][] rows = [.. items.Select(item => columns.Select(c => Cell(c.Cell(item))).ToArray())];
        for (int i = 0; i < columns.Length; i++)
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(columns[i].Header)}[/]") { NoWrap = !Array.Exists(rows, row => row[i].Length > MaxUnbroken) });
        foreach (string[] row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        return table;
    }

    /// <summary>A table of data as it is.</summary>
    public static Table OfTable(Learning.Tables.Table data) => Of(
        Enumerable.Range(0, data.RowCount),
        [.. data.Columns.Select(column => (column.Name, (Func<int, object?>)(row => column is Learning.Tables.NumberColumn numbers && !column.IsMissing(row) ? numbers.Values[row] : column.Format(row))))]);

    /// <summary>Name and value, one a line.</summary>
    public static Grid Facts(params (string Name, object? Value)[] facts)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string name, object? value) in facts)
            grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(Cell(value)));
        return grid;
    }

    public static string Cell(object? value) => value switch
    {
        null => "",
        double d => Number(d),
        DateTimeOffset t => t.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        TimeSpan s => s.TotalSeconds < 10 ? $"{s.TotalSeconds:0.00} s" : $"{s.TotalSeconds:0} s",
        bool b => b ? "yes" : "no",
        Enum e => JsonCamel(e.ToString()),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => Printable(value.ToString() ?? ""),
    };

    /// <summary>The beginning of a long text; all of it is in the JSON.</summary>
    public static string Short(string text) => text.Length <= MaxShown ? text : $"{text[..(char.IsHighSurrogate(text[MaxShown - 1]) ? MaxShown - 1 : MaxShown)]}... ({text.Length:N0} characters)";

    public static string Number(double value) => value == 0 || (Math.Abs(value) >= 0.001 && Math.Abs(value) < 1e7)
        ? value.ToString(Math.Abs(value) >= 1000 ? "0.#" : "0.####", CultureInfo.InvariantCulture)
        : value.ToString("0.###e0", CultureInfo.InvariantCulture);

    /// <summary>Signs that would command the terminal are shown, not sent; whoever logs a name does not own the terminal of who reads it.</summary>
    private static string Printable(string text) => text.Any(IsCommand)
        ? string.Create(text.Length, text, (shown, from) =>
        {
            for (int i = 0; i < shown.Length; i++)
                shown[i] = !IsCommand(from[i]) ? from[i] : from[i] < ' ' ? (char)(0x2400 + from[i]) : '\u2421';
        })
        : text;

    private static bool IsCommand(char c) => char.IsControl(c) && c != '\n';

    private static string JsonCamel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
