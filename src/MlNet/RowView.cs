using Microsoft.ML;
using Microsoft.ML.Data;
using MlOps.Learning;
using MlOps.Learning.Encoders;

namespace MlOps.MlNet;

/// <summary>
/// A table as ML.NET reads it, without a copy of its own: vectors are made when a cursor asks for them. Cursors go over it on the
/// thread of their caller, in any order ML.NET wants, and stop when the fit is cancelled.
/// </summary>
internal sealed class RowView : IDataView
{
    public const string Features = "Features";
    public const string Numbers = "Numbers";
    public const string Label = "Label";

    private readonly int _rows;
    private readonly List<Func<RowCursor, Delegate>> _getters = [];
    private readonly CancellationToken _cancellationToken;

    private RowView(int rows, DataViewSchema.Builder columns, List<Func<RowCursor, Delegate>> getters, CancellationToken cancellationToken)
    {
        (_rows, _getters, _cancellationToken) = (rows, getters, cancellationToken);
        Schema = columns.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    /// <summary>Rows ready for a trainer, or without labels for a model.</summary>
    public static RowView Of(RowFeatures features, RowLabels? labels, CancellationToken cancellationToken)
    {
        (var columns, var getters) = (new DataViewSchema.Builder(), new List<Func<RowCursor, Delegate>>());
        Add(columns, getters, Features, features);
        if (labels is not null)
        {
            columns.AddColumn(Label, labels.Type);
            getters.Add(cursor => labels.Getter(() => cursor.Row));
        }

        return new RowView(features.Rows, columns, getters, cancellationToken);
    }

    /// <summary>Rows whose texts have yet to become features; a table of texts alone has no column of numbers.</summary>
    public static RowView Of(RowFeatures features, IReadOnlyList<FreeTextReader> texts, CancellationToken cancellationToken)
    {
        (var columns, var getters) = (new DataViewSchema.Builder(), new List<Func<RowCursor, Delegate>>());
        if (features.Width > 0)
            Add(columns, getters, Numbers, features);
        for (int i = 0; i < texts.Count; i++)
        {
            FreeTextReader text = texts[i];
            columns.AddColumn(TextFeatures.Source(i), TextDataViewType.Instance);
            getters.Add(cursor => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = text.Text(cursor.Row).AsMemory()));
        }

        return new RowView(features.Rows, columns, getters, cancellationToken);
    }

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new RowCursor(Schema, _getters, [.. columnsNeeded.Select(c => c.Index)], rand is null ? null : Shuffled(rand), _rows, _cancellationToken);

    /// <summary>One cursor, whatever is asked for: several threads would make the order of sums, and so the model, a matter of luck.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static void Add(DataViewSchema.Builder columns, List<Func<RowCursor, Delegate>> getters, string name, RowFeatures features)
    {
        columns.AddColumn(name, new VectorDataViewType(NumberDataViewType.Single, features.Width));
        getters.Add(cursor => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => features.Get(cursor.Row, ref value)));
    }

    private int[] Shuffled(Random rand)
    {
        int[] order = [.. Enumerable.Range(0, _rows)];
        new SeededRandom((ulong)rand.NextInt64()).Shuffle<int>(order);
        return order;
    }
}
