namespace MlOps.Learning.Tables;

/// <summary>The names and types of a table's columns, in order.</summary>
public sealed record TableSchema(IReadOnlyList<ColumnSchema> Columns)
{
    public ColumnSchema? Find(string name) => Columns.FirstOrDefault(c => c.Name == name);
}

public sealed record ColumnSchema(string Name, ColumnType Type);
