namespace MlOps.Learning.Tables.Parsing;

/// <summary>Gathers the values of one column, in row order.</summary>
internal abstract class ColumnBuilder
{
    public abstract int Count { get; }

    /// <summary>Adds fields from row <paramref name="from"/> on; stops before, and returns, the first that is not of the type. All done: the row count.</summary>
    public abstract int Add(in FieldColumn fields, int from, int expectedRows);

    /// <summary>Adds one value that is not missing; false when it is not of the type.</summary>
    public abstract bool TryAdd(ReadOnlySpan<byte> value);

    public abstract void AddMissing(int count);

    public abstract Column Build(string name);

    public static ColumnBuilder Of(ColumnType type, MissingTexts missing) => type switch
    {
        ColumnType.Number => new ValueColumnBuilder<double, NumberParser>(missing),
        ColumnType.Timestamp => new ValueColumnBuilder<long, TimestampParser>(missing),
        ColumnType.Boolean => new ValueColumnBuilder<sbyte, DeclaredBooleanParser>(missing),
        ColumnType.Category => new CategoryColumnBuilder(missing),
        ColumnType.Text => new TextColumnBuilder(missing),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The narrowest type that a value seen first suggests.</summary>
    public static ColumnBuilder Suggested(ReadOnlySpan<byte> value, MissingTexts missing, TableReadOptions options)
    {
        if (InferredNumberParser.TryParse(value, value.Length, out _))
            return new ValueColumnBuilder<double, InferredNumberParser>(missing);
        if (TimestampText.TryParse(value, out _))
            return Of(ColumnType.Timestamp, missing);
        return BooleanText.TryParse(value, out _)
            ? new ValueColumnBuilder<sbyte, BooleanParser>(missing)
            : new TextualColumnBuilder(missing, options);
    }
}
