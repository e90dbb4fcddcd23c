using MlOps.Api.Http;
using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;

namespace MlOps.Api.Datasets;

/// <summary>How an upload says what its bytes are: <c>?format=csv&amp;delimiter=;&amp;type.zip=category&amp;source=...&amp;parent=telco@3&amp;detail=...</c>.</summary>
internal static class DatasetUpload
{
    private const string TypePrefix = "type.";

    private static readonly string[] Known = ["format", "delimiter", "source", "parent", "detail"];

    /// <exception cref="MlOpsException">Invalid <c>query-unknown</c>, <c>delimiter</c>, <c>column-type</c>, <c>body-multipart</c>.</exception>
    public static DatasetAddOptions OptionsOf(ApiCall call)
    {
        CheckNames(call);
        CheckBody(call);
        var options = new DatasetAddOptions
        {
            Format = call.Query("format"),
            Delimiter = Delimiter(call.Query("delimiter")),
            Parent = call.Query("parent"),
            Detail = call.Query("detail"),
            Types = call.Http.Request.Query.Where(q => q.Key.StartsWith(TypePrefix, StringComparison.Ordinal))
                .ToDictionary(q => q.Key[TypePrefix.Length..], q => TypeOf(q.Key, q.Value.ToString())),
        };
        return call.Query("source") is { } source ? options with { Source = source } : options;
    }

    private static void CheckNames(ApiCall call)
    {
        string? unknown = call.Http.Request.Query.Keys.FirstOrDefault(k => !Known.Contains(k) && !k.StartsWith(TypePrefix, StringComparison.Ordinal));
        if (unknown is not null)
            throw MlOpsException.Invalid("query-unknown", $"the query parameter '{unknown}' is unknown: an upload takes {string.Join(", ", Known)} and type.<column>");
    }

    private static void CheckBody(ApiCall call)
    {
        if (call.Http.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
            throw MlOpsException.Invalid("body-multipart", "the body is a multipart form, expected the file itself: curl --data-binary @FILE");
    }

    private static char? Delimiter(string? text) => text switch
    {
        null => null,
        "tab" or "\\t" => '\t',
        { Length: 1 } => text[0],
        _ => throw MlOpsException.Invalid("delimiter", $"the delimiter '{text}' is not one character; write it percent-encoded (delimiter=%3B is ;) or tab"),
    };

    private static ColumnType TypeOf(string key, string text) =>
        Enum.TryParse(text, ignoreCase: true, out ColumnType type) && Enum.IsDefined(type) && !char.IsAsciiDigit(text[0])
            ? type
            : throw MlOpsException.Invalid("column-type", $"{key} is '{text}', expected {string.Join(", ", Enum.GetNames<ColumnType>().Select(n => n.ToLowerInvariant()))}");
}
