using System.Text.Unicode;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;

namespace MlOps.Api.Inference;

/// <summary>
/// The rows of a body that has nothing else, <c>{"features": [[5, 29.75]]}</c>, found without a walk over it: they begin behind the name and end
/// before the last bracket. Whether that is so, only the reading shows; where it fails, the body has to be looked at as a whole.
/// </summary>
internal sealed class QuickRows : RequestRows
{
    private readonly ReadOnlyMemory<byte> _rows;
    private readonly byte _item;

    private QuickRows(ReadOnlyMemory<byte> rows, byte item) => (_rows, _item) = (rows, item);

    /// <summary>One row, as the list of its values.</summary>
    public bool IsSingle => _item is not ((byte)'[' or (byte)'{');

    /// <summary>Null for a body that is another.</summary>
    /// <param name="name">Of the only member, in quotes.</param>
    public static QuickRows? Of(ReadOnlyMemory<byte> body, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> json = body.Span;
        int end = json.LastIndexOf((byte)'}');
        int at = 0;
        if (end < 0 || JsonScan.NextToken(json, end + 1) < json.Length || !Take(json, ref at, "{"u8) || !Take(json, ref at, name) || !Take(json, ref at, ":"u8))
            return null;
        int start = JsonScan.NextToken(json, at);
        int first = start;
        // {"b64": text} is a value and no row; what is not UTF-8 is told by the reading of the whole.
        if (!Take(json, ref first, "["u8) || json.IndexOf("\"b64\""u8) >= 0 || !Utf8.IsValid(json))
            return null;
        first = JsonScan.NextToken(json, first);
        return first < end ? new QuickRows(body[start..end], json[first]) : null;
    }

    public override bool TryRead(FeatureRows rows) => _item switch
    {
        (byte)'[' => FeatureReader.TryLists(_rows.Span, rows),
        (byte)'{' => FeatureReader.TryRecords(_rows.Span, rows),
        _ => FeatureReader.TryNumbers(_rows.Span, rows),
    };

    /// <inheritdoc/>
    public override Table Bind(RequestBinder binder) => throw new InvalidOperationException("these rows are read straight into numbers or not at all");

    private static bool Take(ReadOnlySpan<byte> json, ref int at, ReadOnlySpan<byte> token)
    {
        at = JsonScan.NextToken(json, at);
        if (!json[at..].StartsWith(token))
            return false;
        at += token.Length;
        return true;
    }
}
