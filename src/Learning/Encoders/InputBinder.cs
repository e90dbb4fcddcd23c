using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Binned;

namespace MlOps.Learning.Encoders;

/// <summary>
/// Binds tables to a signature by column name. Training and scoring both read rows through it, so that they cannot differ.
/// Accepted besides the type itself: a boolean for a number (0 or 1), a number of only 0 and 1 for a boolean, any type for a category
/// (its text is the level) or a text, and a column without a single value for anything. Infinite numbers are refused.
/// </summary>
internal sealed class InputBinder
{
    private static readonly MissingReader AllMissing = new();

    private readonly IReadOnlyList<FeatureSignature> _inputs;
    private readonly Dictionary<string, int>?[] _levels;

    public InputBinder(IReadOnlyList<FeatureSignature> inputs)
    {
        _inputs = inputs;
        _levels = [.. inputs.Select(i => i.Levels is { } levels ? Index(levels) : null)];
    }

    /// <summary>Bytes of memory besides the signature's.</summary>
    public long HeldBytes => MemorySize.Object(16) + MemorySize.Array(_levels) + _levels.Sum(l => l is null ? 0 : MemorySize.Map(l));

    /// <exception cref="MlOpsException">Invalid <c>model-input</c>: names every column that is absent or of a wrong type.</exception>
    public BoundInputs Bind(Table rows)
    {
        var readers = new InputReader[_inputs.Count];
        List<string>? problems = null;
        for (int i = 0; i < readers.Length; i++)
        {
            string? problem = TryBind(rows, i, out readers[i]);
            if (problem is not null)
                (problems ??= []).Add(problem);
        }

        return problems is null
            ? new BoundInputs(readers, rows.RowCount)
            : throw MlOpsException.Invalid("model-input", $"rows do not fit the model's inputs: {string.Join("; ", problems)}");
    }

    private string? TryBind(Table rows, int input, out InputReader reader)
    {
        FeatureSignature feature = _inputs[input];
        reader = AllMissing;
        if (rows.Find(feature.Name) is not { } column)
            return $"column '{feature.Name}' is absent{NameSuggestion.Hint(feature.Name, rows.ColumnNames)}";
        if (Read(feature, column, _levels[input]) is { } found)
            reader = found;
        else if (FirstValue(column) is { } row)
            return $"column '{feature.Name}' is {Name(column.Type)} ('{column.Format(row)}' in row {row + 1}), the model expects {Name(feature.Type)}";
        return column is NumberColumn numbers && Infinite.Find(numbers.Values) is { } infinite
            ? $"column '{feature.Name}' is infinite in row {infinite + 1}, the model expects finite numbers or missing"
            : null;
    }

    /// <summary>Null when the column's type cannot serve the feature.</summary>
    private static InputReader? Read(FeatureSignature feature, Column column, Dictionary<string, int>? levels) => (feature.Type, column) switch
    {
        (ColumnType.Text, _) => new FreeTextReader(column),
        (ColumnType.Category, CategoryColumn c) => new CategoryReader(c, Map(c, levels!)),
        (ColumnType.Category, _) => new FormattedReader(column, levels!),
        (ColumnType.Number, NumberColumn c) => new NumberReader(c),
        (ColumnType.Number, BinnedColumn c) => c.Reader,
        (ColumnType.Number or ColumnType.Boolean, BooleanColumn c) => new BooleanReader(c),
        (ColumnType.Boolean, NumberColumn c) when IsBinary(c) => new NumberReader(c),
        (ColumnType.Timestamp, TimestampColumn c) => new TimestampReader(c),
        _ => null,
    };

    /// <summary>A slice of a large table keeps the whole dictionary, so only levels that occur are looked up when there are fewer rows than levels.</summary>
    private static double[] Map(CategoryColumn column, Dictionary<string, int> levels)
    {
        var map = new double[column.Levels.Count];
        Array.Fill(map, double.NaN);
        if (column.Count < map.Length)
        {
            foreach (int code in column.Codes)
            {
                if (code >= 0 && levels.TryGetValue(column.Levels[code], out int level))
                    map[code] = level;
            }

            return map;
        }

        for (int code = 0; code < map.Length; code++)
        {
            if (levels.TryGetValue(column.Levels[code], out int level))
                map[code] = level;
        }

        return map;
    }

    private static bool IsBinary(NumberColumn column)
    {
        foreach (double value in column.Values)
        {
            if (value is not (0 or 1 or double.NaN))
                return false;
        }

        return true;
    }

    private static int? FirstValue(Column column)
    {
        for (int row = 0; row < column.Count; row++)
        {
            if (!column.IsMissing(row))
                return row;
        }

        return null;
    }

    private static Dictionary<string, int> Index(IReadOnlyList<string> levels)
    {
        var index = new Dictionary<string, int>(levels.Count, StringComparer.Ordinal);
        for (int i = 0; i < levels.Count; i++)
            index.Add(levels[i], i);
        return index;
    }

#pragma warning disable CA1308 // The names users write in files are lower case.
    private static string Name(ColumnType type) => type.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}

/// <summary>A table seen through a signature.</summary>
internal sealed class BoundInputs(InputReader[] readers, int rowCount)
{
    public int RowCount => rowCount;

    public int Width => readers.Length;

    public InputReader this[int input] => readers[input];

    /// <summary>Rows [start, start + count), row-major.</summary>
    public void ReadRows(int start, int count, Span<double> rows)
    {
        for (int i = 0; i < readers.Length; i++)
            readers[i].Read(start, count, rows[i..], readers.Length);
    }

    /// <summary>One whole column.</summary>
    public double[] ReadColumn(int input)
    {
        var values = new double[rowCount];
        readers[input].Read(0, rowCount, values, 1);
        return values;
    }
}
