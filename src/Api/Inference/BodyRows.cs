using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>
/// Rows of a body: they are held to the limits of the host, what is not well-formed in them is told with its place in the body, and their
/// unit is found in it.
/// </summary>
internal sealed class BodyRows(RequestRows rows, ReadOnlyMemory<byte> body, ApiCall call) : IRequestRows
{
    private const string General = "the request, which cannot be read straight into numbers (times, free text, values of another type),";

    // What they could not be read for: they are not walked over again to find that out.
    private ModelSignature? _unread;

    public bool TryRead(FeatureRows into)
    {
        if (ReferenceEquals(_unread, into.Signature))
            return false;
        ValueLimit.Check(rows.BinaryValues, call.Options.MaxRequestValues, "the request");
        if (!rows.TryRead(into))
        {
            _unread = into.Signature;
            return false;
        }

        CheckAnswer(into.Count, into.Signature);
        return true;
    }

    public Table Bind(RequestBinder binder)
    {
        ValueLimit.CheckJson(body.Span, call.Options.MaxGeneralValues, General);
        ValueLimit.Check(rows.BinaryValues, call.Options.MaxGeneralValues, General);
        try
        {
            Table table = rows.Bind(binder);
            CheckAnswer(table.RowCount, binder.Signature);
            return table;
        }
        catch (JsonException e)
        {
            throw RequestBytes.Invalid(body, e);
        }
    }

    /// <summary>The value that the endpoint calls the request's unit, or null.</summary>
    public string? Unit(UnitSource source) =>
        source.Header is { } header ? Header(header) : source.Path is { } path ? BodyUnit.Find(body, path) : null;

    /// <summary>Of any name: an endpoint may go by a header that every client sends.</summary>
    private string? Header(string name) => call.Http.Request.Headers[name].ToString() is { Length: > 0 } text ? text : null;

    private void CheckAnswer(int count, ModelSignature signature)
    {
        int scores = Math.Max(1, signature.Classes.Count);
        if ((long)count * scores > call.Options.MaxAnswerValues)
            throw ValueLimit.TooMany($"the answer, {count:N0} rows of {scores:N0} scores,", (long)count * scores, call.Options.MaxAnswerValues);
    }
}
