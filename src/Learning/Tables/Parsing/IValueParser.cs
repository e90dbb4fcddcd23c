using System.Runtime.CompilerServices;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>Field bytes to values of one column type; implemented by structs so that the column loop is compiled once for each.</summary>
internal interface IValueParser<T>
{
    static abstract T Missing { get; }

    /// <param name="from">The field's bytes, <paramref name="length"/> of them, and what follows in memory.</param>
    static abstract bool TryParse(ReadOnlySpan<byte> from, int length, out T value);

    /// <summary>A column of the first <paramref name="count"/> values.</summary>
    static abstract Column Build(string name, T[] values, int count);
}

internal readonly struct NumberParser : IValueParser<double>
{
    public static double Missing => double.NaN;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ReadOnlySpan<byte> from, int length, out double value) => NumberText.TryParse(from, length, out value);

    public static Column Build(string name, double[] values, int count) => new NumberColumn(name, values, count);
}

internal readonly struct TimestampParser : IValueParser<long>
{
    public static long Missing => TimestampColumn.Missing;

    public static bool TryParse(ReadOnlySpan<byte> from, int length, out long value) => TimestampText.TryParse(from[..length], out value);

    public static Column Build(string name, long[] values, int count) => new TimestampColumn(name, values, count);
}

internal readonly struct BooleanParser : IValueParser<sbyte>
{
    public static sbyte Missing => -1;

    public static bool TryParse(ReadOnlySpan<byte> from, int length, out sbyte value) => BooleanText.TryParse(from[..length], out value);

    public static Column Build(string name, sbyte[] values, int count) => new BooleanColumn(name, values, count);
}

internal readonly struct DeclaredBooleanParser : IValueParser<sbyte>
{
    public static sbyte Missing => -1;

    public static bool TryParse(ReadOnlySpan<byte> from, int length, out sbyte value) => BooleanText.TryParseDeclared(from[..length], out value);

    public static Column Build(string name, sbyte[] values, int count) => new BooleanColumn(name, values, count);
}
