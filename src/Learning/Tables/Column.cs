namespace MlOps.Learning.Tables;

/// <summary>The kinds of column a table holds.</summary>
public enum ColumnType
{
    /// <summary>64-bit floating point; NaN is missing.</summary>
    Number,

    /// <summary>Text of few distinct values, dictionary-coded.</summary>
    Category,

    /// <summary>True, false or missing.</summary>
    Boolean,

    /// <summary>An instant in UTC.</summary>
    Timestamp,

    /// <summary>Free text.</summary>
    Text,
}

/// <summary>One named, typed, immutable column of a <see cref="Table"/>.</summary>
public abstract class Column(string name, ColumnType type, int count)
{
    public string Name { get; } = name;

    public ColumnType Type { get; } = type;

    /// <summary>Number of rows, missing ones included.</summary>
    public int Count { get; } = count;

    public abstract bool IsMissing(int row);

    /// <summary>The value as it would stand in a CSV field, or null when it is missing.</summary>
    public abstract string? Format(int row);

    /// <summary>A new column of the given rows, in the given order (a row may occur more than once).</summary>
    public abstract Column Take(ReadOnlySpan<int> rows);
}
