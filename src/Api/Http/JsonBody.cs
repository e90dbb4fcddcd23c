using System.Text.Json;
using System.Text.Unicode;

namespace MlOps.Api.Http;

/// <summary>A body as a JSON document, <see cref="BareTokens"/> allowed.</summary>
internal static class JsonBody
{
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return ParseValue(json);
        }
        catch (JsonException e)
        {
            throw JsonRequest.Invalid(e, null);
        }
    }

    /// <summary>As <see cref="Parse"/>, of a part of a body: who calls knows where it lies.</summary>
    /// <exception cref="JsonException">It is not well-formed.</exception>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>: it has a text with half of a surrogate pair.</exception>
    public static JsonDocument ParseValue(ReadOnlyMemory<byte> json)
    {
        CheckUtf8(json.Span);
        ReadOnlyMemory<byte> quoted = BareTokens.Quote(json);
        return CheckTexts(JsonDocument.Parse(quoted), quoted.Span);
    }

    /// <summary>Reads a value to its end and keeps nothing of it.</summary>
    /// <exception cref="JsonException">It is not well-formed.</exception>
    public static void Check(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(BareTokens.Quote(json).Span);
        while (reader.Read())
        {
        }
    }

    /// <summary>JSON is UTF-8 (RFC 8259, 8.1); .NET's parser looks at the bytes of a text only when it is read.</summary>
    /// <exception cref="JsonException">It is not.</exception>
    public static void CheckUtf8(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            throw new JsonException("it is not UTF-8: send it in UTF-8, or escape what is not ASCII (\\u00e9)");
    }

    /// <summary>
    /// Half of a surrogate pair (<c>"\ud800"</c>) is well-formed JSON and no text: found here once, not wherever a text is read.
    /// </summary>
    private static JsonDocument CheckTexts(JsonDocument document, ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\u"u8) < 0)
            return document;
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    reader.GetString();
            }
        }
        catch (InvalidOperationException e)
        {
            document.Dispose();
            throw new MlOpsException(ErrorKind.Invalid, "json-invalid", $"the JSON body has a text with half of a surrogate pair (\\uD800 to \\uDFFF alone) at byte {reader.TokenStartIndex}: send whole characters", e);
        }

        return document;
    }
}
