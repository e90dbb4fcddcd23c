using System.Text;
using System.Text.Unicode;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>Checks the header row and gives its names.</summary>
internal static class CsvHeader
{
    private static readonly char[] UsualDelimiters = [',', ';', '\t', '|'];

    public static IReadOnlyList<string> Names(CsvBlock block, char delimiter)
    {
        if (block.Rows == 0)
            throw MlOpsException.Invalid("csv-empty", "the file is empty; expected a header row with the names of the columns");
        string[] names = [.. Enumerable.Range(0, block.Columns).Select(c => Name(block, c))];
        if (names.Length == 1)
            ThrowIfOtherDelimiter(names[0], block.Buffer[block.Ends[0] + 1] == (byte)'"', delimiter);
        var problems = new TableProblems(names.Length);
        CheckNames(names, block.LineAt(block.Ends[0] + 1), problems);
        problems.ThrowIfAny();
        return names;
    }

    private static string Name(CsvBlock block, int column)
    {
        ReadOnlySpan<byte> name = new FieldColumn(block, column)[0];
        if (!Utf8.IsValid(name))
            throw MlOpsException.Invalid("csv-utf8", Utf8Check.Message(name, 1, column, null));
        return Encoding.UTF8.GetString(name);
    }

    private static void CheckNames(string[] names, long line, TableProblems problems)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int c = 0; c < names.Length; c++)
        {
            if (string.IsNullOrWhiteSpace(names[c]))
                problems.Add(new TableProblem(line, c + 1, "csv-header-empty", $"line {line}: column {c + 1} of the header has no name; every column needs one"));
            else if (!first.TryAdd(names[c], c + 1))
                problems.Add(new TableProblem(line, c + 1, "csv-header-duplicate", $"line {line}: columns {first[names[c]]} and {c + 1} are both named '{names[c]}'; names must be distinct"));
        }
    }

    private static void ThrowIfOtherDelimiter(string header, bool quoted, char delimiter)
    {
        char other = UsualDelimiters.Where(d => d != delimiter).MaxBy(d => header.Count(c => c == d));
        int times = header.Count(c => c == other);
        if (quoted || times == 0)
            return;
        throw MlOpsException.Invalid("csv-delimiter",
            $"line 1: with the delimiter {Show(delimiter)} the header is the single column '{header}', which contains {Show(other)} {times} {(times == 1 ? "time" : "times")}; pass the delimiter {Show(other)}");
    }

    private static string Show(char delimiter) => delimiter == '\t' ? "'\\t' (tab)" : $"'{delimiter}'";
}
