using System.Text.Json;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>The rows of a request as they lie in its body; the signature of the version that answers says what they mean.</summary>
internal abstract class RequestRows : IRequestRows
{
    /// <summary>Values that lie in the body as bytes, not as JSON.</summary>
    public virtual long BinaryValues => 0;

    /// <inheritdoc/>
    public virtual bool TryRead(FeatureRows rows) => false;

    /// <inheritdoc/>
    /// <exception cref="JsonException">A value is not well-formed.</exception>
    public abstract Table Bind(RequestBinder binder);

    /// <summary>
    /// Rows as an array: of objects, of lists in the order of the signature, or of single values of a model with one feature.
    /// </summary>
    /// <param name="where">The array's name, for messages.</param>
    public static RequestRows Of(JsonSlice rows, string where)
    {
        if (rows.Kind != JsonValueKind.Array)
            throw RequestShape.Invalid($"'{where}' is {rows.Shown()}, expected an array of rows");
        JsonParts items = rows.Parts();
        return items.MoveNext() && items.Current.Kind == JsonValueKind.Object && !IsEncoded(items.Current) ? new RecordRows(rows) : new ListRows(rows, null, where);
    }

    /// <summary>One row: a list, or an object.</summary>
    public static RequestRows Single(JsonSlice row, string where) =>
        row.Kind == JsonValueKind.Array ? new ListRow(row, where) : Of(Listed(row), where);

    /// <summary>The row as the only one of an array.</summary>
    protected static JsonSlice Listed(JsonSlice row) => new((byte[])[(byte)'[', .. row.Span, (byte)']']);

    /// <summary><c>{"b64": text}</c> is a value, not a row of its own.</summary>
    private static bool IsEncoded(JsonSlice item) => item.Count() == 1 && item.Member("b64").Kind == JsonValueKind.String;
}

/// <summary>An array of objects, one a row.</summary>
internal sealed class RecordRows(JsonSlice records) : RequestRows
{
    public override bool TryRead(FeatureRows rows) => FeatureReader.TryRecords(records.Span, rows);

    public override Table Bind(RequestBinder binder)
    {
        using JsonDocument document = records.Document();
        return binder.BindRecords(document.RootElement);
    }
}

/// <summary>An array of lists, in the order of the names or else of the signature.</summary>
internal sealed class ListRows(JsonSlice rows, ColumnNames? columns, string where) : RequestRows
{
    public override bool TryRead(FeatureRows into) => IsInOrder(into.Signature) && FeatureReader.TryLists(rows.Span, into);

    public override Table Bind(RequestBinder binder)
    {
        using JsonDocument document = rows.Document();
        return binder.BindRows([.. document.RootElement.EnumerateArray().Select(Row)], columns?.For(binder.Signature));
    }

    /// <summary>Names that are the signature's own, as a data frame of the training's columns has them.</summary>
    private bool IsInOrder(ModelSignature signature)
    {
        IReadOnlyList<string>? names = columns?.For(signature);
        if (names is not null && names.Count != signature.Inputs.Count)
            return false;
        for (int i = 0; i < names?.Count; i++)
        {
            if (names[i] != signature.Inputs[i].Name)
                return false;
        }

        return true;
    }

    private IReadOnlyList<object?> Row(JsonElement row, int index) => row.ValueKind switch
    {
        JsonValueKind.Array => RequestShape.Values(row),
        JsonValueKind.Object when !RequestShape.IsEncoded(row) => throw RequestShape.Invalid($"'{where}' has the object {index} among lists of values: give all rows as objects, or none"),
        _ => [row],
    };
}

/// <summary>One list of values: numbers are read where they lie, all else as an array of one list.</summary>
internal sealed class ListRow(JsonSlice row, string where) : RequestRows
{
    private RequestRows? _listed;

    private RequestRows Only => _listed ??= Of(Listed(row), where);

    public override bool TryRead(FeatureRows rows) => FeatureReader.TryNumbers(row.Span, rows) || Only.TryRead(rows);

    public override Table Bind(RequestBinder binder) => Only.Bind(binder);
}

/// <summary>A list a feature.</summary>
internal sealed class ColumnRows(JsonSlice columns, string where) : RequestRows
{
    public override bool TryRead(FeatureRows rows) => FeatureReader.TryColumns(columns.Span, rows);

    public override Table Bind(RequestBinder binder)
    {
        using JsonDocument document = columns.Document();
        return binder.BindColumns([.. document.RootElement.EnumerateObject().Select(c => new RequestColumn(c.Name, RequestShape.Values(c.Value, $"{where}.{c.Name}")))]);
    }
}
