using System.Globalization;

namespace MlOps.Learning.Tables;

/// <summary>64-bit floats; NaN is missing.</summary>
/// <param name="values">May be longer than <paramref name="count"/>, the number of rows.</param>
public sealed class NumberColumn(string name, double[] values, int count) : Column(name, ColumnType.Number, count)
{
    public NumberColumn(string name, double[] values)
        : this(name, values, values.Length)
    {
    }

    public ReadOnlySpan<double> Values => values.AsSpan(0, Count);

    public override bool IsMissing(int row) => double.IsNaN(values[row]);

    public override string? Format(int row) => IsMissing(row) ? null : values[row].ToString("R", CultureInfo.InvariantCulture);

    public override Column Take(ReadOnlySpan<int> rows) => new NumberColumn(Name, Gather.From(values, rows));
}

/// <summary>Dictionary-coded text: <see cref="Codes"/> index <see cref="Levels"/>, -1 is missing. Levels are distinct, in order of first appearance.</summary>
/// <param name="codes">May be longer than <paramref name="count"/>, the number of rows.</param>
public sealed class CategoryColumn(string name, int[] codes, int count, IReadOnlyList<string> levels) : Column(name, ColumnType.Category, count)
{
    public CategoryColumn(string name, int[] codes, IReadOnlyList<string> levels)
        : this(name, codes, codes.Length, levels)
    {
    }

    public ReadOnlySpan<int> Codes => codes.AsSpan(0, Count);

    public IReadOnlyList<string> Levels { get; } = levels;

    public override bool IsMissing(int row) => codes[row] < 0;

    public override string? Format(int row) => codes[row] < 0 ? null : Levels[codes[row]];

    public override Column Take(ReadOnlySpan<int> rows) => new CategoryColumn(Name, Gather.From(codes, rows), Levels);

    /// <summary>Codes the texts in order of first appearance; null is missing.</summary>
    public static CategoryColumn From(string name, IEnumerable<string?> texts)
    {
        var levels = new List<string>();
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var codes = new List<int>();
        foreach (string? text in texts)
        {
            if (text is null)
            {
                codes.Add(-1);
                continue;
            }

            if (!index.TryGetValue(text, out int code))
            {
                index[text] = code = levels.Count;
                levels.Add(text);
            }

            codes.Add(code);
        }

        return new CategoryColumn(name, [.. codes], levels);
    }
}

/// <summary>1 is true, 0 false, -1 missing.</summary>
/// <param name="values">May be longer than <paramref name="count"/>, the number of rows.</param>
public sealed class BooleanColumn(string name, sbyte[] values, int count) : Column(name, ColumnType.Boolean, count)
{
    public BooleanColumn(string name, sbyte[] values)
        : this(name, values, values.Length)
    {
    }

    public ReadOnlySpan<sbyte> Values => values.AsSpan(0, Count);

    public override bool IsMissing(int row) => values[row] < 0;

    public override string? Format(int row) => values[row] switch { < 0 => null, 0 => "false", _ => "true" };

    public override Column Take(ReadOnlySpan<int> rows) => new BooleanColumn(Name, Gather.From(values, rows));
}

/// <summary>Instants as UTC ticks (<see cref="DateTime.Ticks"/>); <see cref="Missing"/> is missing.</summary>
/// <param name="ticks">May be longer than <paramref name="count"/>, the number of rows.</param>
public sealed class TimestampColumn(string name, long[] ticks, int count) : Column(name, ColumnType.Timestamp, count)
{
    public TimestampColumn(string name, long[] ticks)
        : this(name, ticks, ticks.Length)
    {
    }

    public const long Missing = long.MinValue;

    public ReadOnlySpan<long> Ticks => ticks.AsSpan(0, Count);

    public override bool IsMissing(int row) => ticks[row] == Missing;

    public override string? Format(int row)
    {
        if (IsMissing(row))
            return null;
        var time = new DateTime(ticks[row], DateTimeKind.Utc);
        return time.ToString(time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture);
    }

    public override Column Take(ReadOnlySpan<int> rows) => new TimestampColumn(Name, Gather.From(ticks, rows));
}

/// <summary>Free text; null is missing.</summary>
/// <param name="values">May be longer than <paramref name="count"/>, the number of rows.</param>
public sealed class TextColumn(string name, string?[] values, int count) : Column(name, ColumnType.Text, count)
{
    public TextColumn(string name, string?[] values)
        : this(name, values, values.Length)
    {
    }

    public ReadOnlySpan<string?> Values => values.AsSpan(0, Count);

    public override bool IsMissing(int row) => values[row] is null;

    public override string? Format(int row) => values[row];

    public override Column Take(ReadOnlySpan<int> rows) => new TextColumn(Name, Gather.From(values, rows));
}

internal static class Gather
{
    public static T[] From<T>(T[] values, ReadOnlySpan<int> rows)
    {
        var taken = new T[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            taken[i] = values[rows[i]];
        return taken;
    }
}
