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

/// <summary>
/// Numbers where the file decides the type: a whole number of 2^53 or more is no quantity but an id, and as a double it would
/// silently become its neighbour. Such a column keeps its texts.
/// </summary>
internal readonly struct InferredNumberParser : IValueParser<double>
{
    private const double FirstInexact = 1L << 53;

    public static double Missing => double.NaN;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ReadOnlySpan<byte> from, int length, out double value) =>
        NumberText.TryParse(from, length, out value) && (!(Math.Abs(value) >= FirstInexact) || !IsWhole(from[..length]));

    public static Column Build(string name, double[] values, int count) => new NumberColumn(name, values, count);

    private static bool IsWhole(ReadOnlySpan<byte> text) => text.Trim("+- "u8).IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
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
