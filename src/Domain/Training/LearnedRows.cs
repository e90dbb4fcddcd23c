using MlOps.Learning.Tables;

namespace MlOps.Domain.Training;

/// <summary>The rows of a table that a model knows: it was fitted to them, or stopped and chosen by them.</summary>
/// <param name="Rows">Training and validation rows.</param>
public sealed record LearnedRows(Table Table, int[] Rows)
{
    /// <summary>
    /// Those of <paramref name="rows"/> of another table that the model does not know. Rows are matched by their values in
    /// <paramref name="columns"/> (what the model learned from), as far as both tables have them with the same type. When they have all
    /// of them, equal rows count one for one; when not, other columns may tell equal rows apart, so any match counts as known.
    /// </summary>
    public int[] NotAmong(Table table, int[] rows, IReadOnlyCollection<string> columns)
    {
        string[] shared = [.. columns.Where(name => Table.Find(name) is { } column && table.Find(name)?.Type == column.Type)];
        if (shared.Length == 0)
            return [];
        Func<Table, ulong[]> identify = shared.Length == columns.Count ? RowIdentity.Of : RowIdentity.Content;
        ulong[] before = identify(Table.Select(shared)), now = identify(table.Select(shared));
        HashSet<ulong> known = [.. Rows.Select(row => before[row])];
        return [.. rows.Where(row => !known.Contains(now[row]))];
    }
}
