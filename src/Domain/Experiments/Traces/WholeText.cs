using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>
/// JSON of others in which half of a surrogate pair (<c>"\ud800"</c>) may stand: well-formed, and no text that can be read or answered.
/// U+FFFD stands in its place, as for bytes that are no UTF-8.
/// </summary>
public static class WholeText
{
    /// <summary>A backslash, <c>u</c> and four digits.</summary>
    private const int Escape = 6;

    /// <exception cref="JsonException">It is not well-formed.</exception>
    public static JsonElement Element(string json, int maxDepth = 0)
    {
        using JsonDocument read = JsonDocument.Parse(Of(json), new JsonDocumentOptions { MaxDepth = maxDepth });
        return read.RootElement.Clone();
    }

    /// <summary>Of UTF-8.</summary>
    /// <exception cref="JsonException">It is not well-formed.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json) =>
        json.Span.IndexOf("\\ud"u8) < 0 && json.Span.IndexOf("\\uD"u8) < 0 ? JsonDocument.Parse(json) : JsonDocument.Parse(Of(Encoding.UTF8.GetString(json.Span)));

    /// <summary>The same JSON with whole characters.</summary>
    public static string Of(string json)
    {
        if (!json.Contains("\\ud", StringComparison.OrdinalIgnoreCase))
            return json;
        char[] whole = json.ToCharArray();
        for (int at = 0; (at = json.IndexOf('\\', Math.Min(at, json.Length))) >= 0;)
        {
            if (Unit(json, at) is not { } unit || !char.IsSurrogate(unit))
            {
                at += 2;
            }
            else if (char.IsHighSurrogate(unit) && Unit(json, at + Escape) is { } low && char.IsLowSurrogate(low))
            {
                at += 2 * Escape;
            }
            else
            {
                "fffd".CopyTo(whole.AsSpan(at + 2));
                at += Escape;
            }
        }

        return new string(whole);
    }

    /// <summary>What stands escaped by its number there.</summary>
    private static char? Unit(string json, int at) =>
        at + Escape <= json.Length && json[at] == '\\' && json[at + 1] == 'u' && ushort.TryParse(json.AsSpan(at + 2, Escape - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit)
            ? (char)unit : null;
}
