using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>Finds the fields whose bytes are not UTF-8.</summary>
internal static class Utf8Check
{
    public static void Check(CsvBlock block, IReadOnlyList<string> names, TableProblems problems)
    {
        if (Utf8.IsValid(block.Buffer.AsSpan(block.Start..block.Consumed)))
            return;
        for (int row = 0; row < block.Rows && !problems.IsFull; row++)
        {
            for (int c = 0; c < block.Columns; c++)
            {
                var fields = new FieldColumn(block, c);
                if (Utf8.IsValid(fields[row]))
                    continue;
                long line = block.LineAt(fields.Start(row));
                problems.Add(new TableProblem(line, c + 1, "csv-utf8", Message(fields[row], line, c, names[c])));
            }
        }
    }

    public static string Message(ReadOnlySpan<byte> field, long line, int column, string? name)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(field[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        string place = name is null ? $"column {column + 1} of the header" : $"column {column + 1} '{name}'";
        return $"line {line}, {place}: byte 0x{field[at]:X2} at position {at + 1} of the field is not UTF-8; save the file as UTF-8 (it may be Latin-1 or Windows-1252)";
    }
}
