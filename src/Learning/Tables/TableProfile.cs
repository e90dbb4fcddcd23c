namespace MlOps.Learning.Tables;

/// <summary>What a table looks like, column by column, in the order of its columns.</summary>
public sealed record TableProfile(int Rows, IReadOnlyList<ColumnProfile> Columns)
{
    public ColumnProfile? Find(string name) => Columns.FirstOrDefault(c => c.Name == name);

    /// <summary>Profiles every column of the table.</summary>
    public static TableProfile Of(Table table)
    {
        var columns = new ColumnProfile[table.Columns.Count];
        Parallel.For(0, columns.Length, c => columns[c] = ColumnProfile.Of(table.Columns[c]));
        return new TableProfile(table.RowCount, columns);
    }

    /// <summary>The same of some rows, a copy of a few columns at a time.</summary>
    public static TableProfile Of(Table table, int[] rows)
    {
        var columns = new ColumnProfile[table.Columns.Count];
        Parallel.For(0, columns.Length, c => columns[c] = ColumnProfile.Of(table.Columns[c].Take(rows)));
        return new TableProfile(rows.Length, columns);
    }
}
