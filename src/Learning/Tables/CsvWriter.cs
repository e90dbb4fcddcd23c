using System.Buffers;
using System.Text;

namespace MlOps.Learning.Tables;

/// <summary>
/// Writes CSV as RFC 4180 describes it, in UTF-8 without BOM; lines end with LF, quotes stand only where a field needs them.
/// </summary>
public static class CsvWriter
{
    private const int FlushBytes = 64 << 10;

    private static readonly SearchValues<char> Special = SearchValues.Create("\"\r\n");

    /// <summary>
    /// Writes a header and a line a row, ended by LF. A missing value is an empty field. What <see cref="CsvReader"/> reads back is equal,
    /// but that an empty text comes back as missing.
    /// </summary>
    public static async Task WriteAsync(Table table, Stream stream, CancellationToken cancellationToken, char delimiter = ',')
    {
        var line = new StringBuilder();
        AppendRow(line, table.ColumnNames, delimiter);
        for (int row = 0; row < table.RowCount; row++)
        {
            AppendRow(line, table.Columns.Select(c => c.Format(row)), delimiter);
            if (line.Length < FlushBytes)
                continue;
            await FlushAsync(line, stream, cancellationToken);
        }

        await FlushAsync(line, stream, cancellationToken);
    }

    private static void AppendRow(StringBuilder line, IEnumerable<string?> fields, char delimiter)
    {
        int start = line.Length;
        foreach (string? field in fields)
        {
            AppendField(line, field ?? "", delimiter);
            line.Append(delimiter);
        }

        line.Length = Math.Max(start, line.Length - 1);

        // A line without any character is no row to a reader.
        if (line.Length == start)
            line.Append("\"\"");
        line.Append('\n');
    }

    private static void AppendField(StringBuilder line, string field, char delimiter)
    {
        if (!field.Contains(delimiter) && field.AsSpan().IndexOfAny(Special) < 0)
            line.Append(field);
        else
            line.Append('"').Append(field.Replace("\"", "\"\"")).Append('"');
    }

    private static async Task FlushAsync(StringBuilder line, Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line.ToString()), cancellationToken);
        line.Clear();
    }
}
