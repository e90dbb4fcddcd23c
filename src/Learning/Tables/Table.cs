namespace MlOps.Learning.Tables;

/// <summary>An immutable columnar table: columns of equal length with distinct names (ordinal, case-sensitive).</summary>
public sealed class Table
{
    private readonly Dictionary<string, int> _index;

    /// <exception cref="ArgumentException">Columns differ in length or share a name.</exception>
    public Table(IReadOnlyList<Column> columns, int? rowCount = null)
    {
        Columns = columns;
        RowCount = rowCount ?? (columns.Count == 0 ? 0 : columns[0].Count);
        _index = new Dictionary<string, int>(columns.Count, StringComparer.Ordinal);
        for (int i = 0; i < columns.Count; i++)
        {
            if (columns[i].Count != RowCount)
                throw new ArgumentException($"column '{columns[i].Name}' has {columns[i].Count} rows, expected {RowCount}", nameof(columns));
            if (!_index.TryAdd(columns[i].Name, i))
                throw new ArgumentException($"two columns are named '{columns[i].Name}'", nameof(columns));
        }
    }

    public IReadOnlyList<Column> Columns { get; }

    public int RowCount { get; }

    public IEnumerable<string> ColumnNames => Columns.Select(c => c.Name);

    /// <exception cref="MlOpsException">NotFound <c>table-column-missing</c>: no column has that name; the message lists the ones there are.</exception>
    public Column this[string name] => Find(name) ?? throw MlOpsException.NotFound(
        "table-column-missing",
        $"column '{name}' is not in the table; it has: {string.Join(", ", ColumnNames)}");

    public Column? Find(string name) => _index.TryGetValue(name, out int i) ? Columns[i] : null;

    public Table Take(ReadOnlySpan<int> rows)
    {
        var taken = new Column[Columns.Count];
        for (int i = 0; i < taken.Length; i++)
            taken[i] = Columns[i].Take(rows);
        return new Table(taken, rows.Length);
    }

    public Table Select(IEnumerable<string> names) => new([.. names.Select(n => this[n])], RowCount);

    public Table Without(string name) => new([.. Columns.Where(c => c.Name != name)], RowCount);

    /// <summary>This table with a column added, or replaced where one of that name exists.</summary>
    public Table With(Column column) => new(
        Find(column.Name) is null ? [.. Columns, column] : [.. Columns.Select(c => c.Name == column.Name ? column : c)],
        Columns.Count == 0 ? column.Count : RowCount);

    public TableSchema Schema => new([.. Columns.Select(c => new ColumnSchema(c.Name, c.Type))]);
}
