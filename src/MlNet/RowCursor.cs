using Microsoft.ML;
using Microsoft.ML.Data;

namespace MlOps.MlNet;

/// <summary>One pass over a <see cref="RowView"/>.</summary>
/// <param name="order">Which row comes when; null is the table's order.</param>
internal sealed class RowCursor(
    DataViewSchema schema,
    IReadOnlyList<Func<RowCursor, Delegate>> getters,
    HashSet<int> active,
    int[]? order,
    int rows,
    CancellationToken cancellationToken) : DataViewRowCursor
{
    private int _position = -1;

    public override DataViewSchema Schema => schema;

    public override long Position => _position;

    public override long Batch => 0;

    /// <summary>The row of the table this cursor stands on.</summary>
    public int Row { get; private set; } = -1;

    public override bool MoveNext()
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_position + 1 >= rows)
            return false;
        _position++;
        Row = order is null ? _position : order[_position];
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        IsColumnActive(column) && getters[column.Index](this) is ValueGetter<TValue> getter
            ? getter
            : throw new InvalidOperationException($"column '{column.Name}' is not active or holds no {typeof(TValue).Name}");

    /// <summary>The row's number in the table, so that trainers which remember rows (SDCA) find them again in another order.</summary>
    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)Row, 0);
}
