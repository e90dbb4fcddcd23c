using System.Text.Json;

namespace MlOps.Api.Http;

/// <summary>
/// A body as a JSON document. The bare tokens <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which Python's json writes, are
/// read as the texts of that name.
/// </summary>
internal static class JsonBody
{
    private static readonly byte[][] Tokens = ["-Infinity"u8.ToArray(), "Infinity"u8.ToArray(), "NaN"u8.ToArray()];

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
    public static JsonDocument ParseValue(ReadOnlyMemory<byte> json)
    {
        try
        {
            return CheckTexts(JsonDocument.Parse(json), json.Span);
        }
        catch (JsonException) when (Quote(json.Span) is { } quoted)
        {
            // Quoting costs a copy of the body, so it is done only for the few that need it.
            return CheckTexts(JsonDocument.Parse(quoted), quoted);
        }
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

    /// <summary>The document with bare tokens quoted, or null when it has none.</summary>
    private static byte[]? Quote(ReadOnlySpan<byte> json)
    {
        var quoted = new MemoryStream(json.Length + 64);
        bool any = false;
        bool inText = false;
        for (int i = 0; i < json.Length; i++)
        {
            int token = inText ? 0 : TokenAt(json[i..]);
            if (token > 0)
            {
                quoted.WriteByte((byte)'"');
                quoted.Write(json.Slice(i, token));
                quoted.WriteByte((byte)'"');
                i += token - 1;
                any = true;
                continue;
            }

            if (json[i] == '"')
                inText = !inText;
            quoted.WriteByte(json[i]);
            if (inText && json[i] == '\\' && i + 1 < json.Length)
                quoted.WriteByte(json[++i]);
        }

        return any ? quoted.ToArray() : null;
    }

    private static int TokenAt(ReadOnlySpan<byte> json)
    {
        foreach (byte[] token in Tokens)
        {
            if (json.StartsWith(token))
                return token.Length;
        }

        return 0;
    }
}
