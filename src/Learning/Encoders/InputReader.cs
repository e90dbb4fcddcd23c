using MlOps.Learning.Tables;

namespace MlOps.Learning.Encoders;

/// <summary>Reads one model input from a table as the numbers of <see cref="Trainers.IRowScorer"/>.</summary>
internal abstract class InputReader
{
    /// <summary>Writes rows [start, start + count) to <paramref name="destination"/> at 0, stride, 2 stride, ...</summary>
    public abstract void Read(int start, int count, Span<double> destination, int stride);
}

internal sealed class NumberReader(NumberColumn column) : InputReader
{
    public override void Read(int start, int count, Span<double> destination, int stride)
    {
        ReadOnlySpan<double> values = column.Values.Slice(start, count);
        for (int i = 0; i < values.Length; i++)
            destination[i * stride] = values[i];
    }
}

internal sealed class BooleanReader(BooleanColumn column) : InputReader
{
    public override void Read(int start, int count, Span<double> destination, int stride)
    {
        ReadOnlySpan<sbyte> values = column.Values.Slice(start, count);
        for (int i = 0; i < values.Length; i++)
            destination[i * stride] = values[i] < 0 ? double.NaN : values[i];
    }
}

/// <summary>Seconds since 1970-01-01 UTC: a double keeps them to the microsecond, which it could not do for ticks.</summary>
internal sealed class TimestampReader(TimestampColumn column) : InputReader
{
    public override void Read(int start, int count, Span<double> destination, int stride)
    {
        ReadOnlySpan<long> ticks = column.Ticks.Slice(start, count);
        for (int i = 0; i < ticks.Length; i++)
            destination[i * stride] = ticks[i] == TimestampColumn.Missing ? double.NaN : Seconds(ticks[i]);
    }

    public static double Seconds(long ticks) => (double)(ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
}

/// <param name="map">The model's level per level of the column; NaN where the model does not know it.</param>
internal sealed class CategoryReader(CategoryColumn column, double[] map) : InputReader
{
    public override void Read(int start, int count, Span<double> destination, int stride)
    {
        ReadOnlySpan<int> codes = column.Codes.Slice(start, count);
        for (int i = 0; i < codes.Length; i++)
            destination[i * stride] = codes[i] < 0 ? double.NaN : map[codes[i]];
    }
}

/// <summary>A column of another type whose texts are the levels.</summary>
internal sealed class FormattedReader(Column column, Dictionary<string, int> levels) : InputReader
{
    public override void Read(int start, int count, Span<double> destination, int stride)
    {
        for (int i = 0; i < count; i++)
            destination[i * stride] = column.Format(start + i) is { } text && levels.TryGetValue(text, out int code) ? code : double.NaN;
    }
}

/// <summary>Free text is no number: it reads as missing, and those who can use it ask for <see cref="Text"/>.</summary>
internal sealed class FreeTextReader(Column column) : InputReader
{
    /// <summary>Null where it is missing.</summary>
    public string? Text(int row) => column.Format(row);

    public override void Read(int start, int count, Span<double> destination, int stride)
    {
        for (int i = 0; i < count; i++)
            destination[i * stride] = double.NaN;
    }
}

internal sealed class MissingReader : InputReader
{
    public override void Read(int start, int count, Span<double> destination, int stride)
    {
        for (int i = 0; i < count; i++)
            destination[i * stride] = double.NaN;
    }
}
