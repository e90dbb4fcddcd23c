namespace MlOps.Learning.Tables.Parsing;

/// <summary>Which columns of a file are read, and as what.</summary>
internal static class ColumnPlan
{
    /// <summary>A reader for every column of the file.</summary>
    public static ColumnReader[] Readers(IReadOnlyList<string> names, TableReadOptions options)
    {
        ThrowIfAbsent(options.Types.Keys, names);
        return [.. names.Select((name, i) => new ColumnReader(name, i, options.Types.TryGetValue(name, out ColumnType type) ? type : null, options))];
    }

    /// <summary>A reader for every column of the schema, in its order; others of the file are skipped.</summary>
    public static ColumnReader[] Readers(IReadOnlyList<string> names, TableReadOptions options, TableSchema schema)
    {
        ThrowIfAbsent(schema.Columns.Select(c => c.Name), names);
        List<string> all = [.. names];
        return [.. schema.Columns.Select(c => new ColumnReader(c.Name, all.IndexOf(c.Name), c.Type, options))];
    }

    public static void ThrowIfAbsent(IEnumerable<string> wanted, IReadOnlyList<string> names)
    {
        string[] absent = [.. wanted.Where(w => !names.Contains(w))];
        if (absent.Length == 0)
            return;
        throw MlOpsException.Invalid("table-columns-absent",
            $"the file has no column {string.Join(", ", absent.Select(a => $"'{a}'"))}; it has: {string.Join(", ", names)}");
    }
}
