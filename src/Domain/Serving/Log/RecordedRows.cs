using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Answered rows as they wait for the log: the numbers that were scored, made a table only when they are written.</summary>
public sealed class RecordedRows
{
    private readonly Table? _table;
    private readonly ModelSignature? _signature;
    private readonly double[] _values = [];
    private readonly IReadOnlyDictionary<int, string>? _texts;

    public RecordedRows(Table table)
    {
        _table = table;
        (Count, Width) = (table.RowCount, table.Columns.Count);
    }

    internal RecordedRows(ModelSignature signature, double[] values, IReadOnlyDictionary<int, string>? texts)
        : this(signature, values, values.Length / signature.Inputs.Count, texts)
    {
    }

    /// <param name="values">At least those of so many rows.</param>
    internal RecordedRows(ModelSignature signature, double[] values, int count, IReadOnlyDictionary<int, string>? texts)
    {
        (_signature, _values, _texts) = (signature, values, texts);
        (Count, Width) = (count, signature.Inputs.Count);
    }

    public int Count { get; }

    /// <summary>Values a row.</summary>
    public int Width { get; }

    /// <summary>The numbers that were scored; null for rows that never were only numbers.</summary>
    internal RecordedNumbers? Numbers => _signature is null ? null : new(_signature, _values, _texts);

    public Table ToTable() => _table ?? new Table([.. _signature!.Inputs.Select(ColumnOf)], Count);

    private Column ColumnOf(FeatureSignature feature, int index) => feature.Type switch
    {
        ColumnType.Number => new NumberColumn(feature.Name, Values(index, v => v)),
        ColumnType.Boolean => new BooleanColumn(feature.Name, Values(index, v => (sbyte)(double.IsNaN(v) ? -1 : v))),
        ColumnType.Category => CategoryColumn.From(feature.Name, Enumerable.Range(0, Count).Select(row => Level(feature, (row * Width) + index))),
        _ => throw new InvalidOperationException($"feature '{feature.Name}' of type {feature.Type} is not kept as a number"),
    };

    private T[] Values<T>(int index, Func<double, T> convert)
    {
        var values = new T[Count];
        for (int row = 0; row < values.Length; row++)
            values[row] = convert(_values[(row * Width) + index]);
        return values;
    }

    private string? Level(FeatureSignature feature, int cell) =>
        !double.IsNaN(_values[cell]) ? feature.Levels![(int)_values[cell]] : _texts?.GetValueOrDefault(cell);
}

/// <summary>Rows one behind the other, as <see cref="IRowScorer"/> takes them.</summary>
/// <param name="Texts">By cell: levels that the model does not know, which are missing among the numbers.</param>
internal readonly record struct RecordedNumbers(ModelSignature Signature, double[] Values, IReadOnlyDictionary<int, string>? Texts);
