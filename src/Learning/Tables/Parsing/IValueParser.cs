namespace MlOps.Learning.Tables.Parsing;

/// <summary>Field bytes to values of one column type; implemented by structs so that the column loop is compiled once for each.</summary>
internal interface IValueParser<T>
{
    static abstract T Missing { get; }

    static abstract bool TryParse(ReadOnlySpan<byte> field, out T value);

    static abstract Column Build(string name, T[] values);
}

internal readonly struct NumberParser : IValueParser<double>
{
    public static double Missing => double.NaN;

    public static bool TryParse(ReadOnlySpan<byte> field, out double value) => NumberText.TryParse(field, out value);

    public static Column Build(string name, double[] values) => new NumberColumn(name, values);
}

internal readonly struct TimestampParser : IValueParser<long>
{
    public static long Missing => TimestampColumn.Missing;

    public static bool TryParse(ReadOnlySpan<byte> field, out long value) => TimestampText.TryParse(field, out value);

    public static Column Build(string name, long[] values) => new TimestampColumn(name, values);
}

internal readonly struct BooleanParser : IValueParser<sbyte>
{
    public static sbyte Missing => -1;

    public static bool TryParse(ReadOnlySpan<byte> field, out sbyte value) => BooleanText.TryParse(field, out value);

    public static Column Build(string name, sbyte[] values) => new BooleanColumn(name, values);
}

internal readonly struct DeclaredBooleanParser : IValueParser<sbyte>
{
    public static sbyte Missing => -1;

    public static bool TryParse(ReadOnlySpan<byte> field, out sbyte value) => BooleanText.TryParseDeclared(field, out value);

    public static Column Build(string name, sbyte[] values) => new BooleanColumn(name, values);
}
