using System.Text;
using System.Text.Json;

namespace MlOps.Domain.Serving.Units;

/// <summary>Reads one text or number out of a JSON document without reading more of it than what comes before.</summary>
public static class JsonUnit
{
    /// <summary>The value at the path as text; null where there is none, it is a list, an object or null, or the bytes are no JSON up to there.</summary>
    public static string? Find(ReadOnlySpan<byte> json, IReadOnlyList<object> path)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && Descend(ref reader, path) ? Value(ref reader) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool Descend(ref Utf8JsonReader reader, IReadOnlyList<object> path)
    {
        foreach (object step in path)
        {
            bool found = step is string name ? Member(ref reader, name) : Item(ref reader, (int)step);
            if (!found)
                return false;
        }

        return true;
    }

    private static bool Member(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool wanted = reader.ValueTextEquals(name);
            reader.Read();
            if (wanted)
                return true;
            reader.Skip();
        }

        return false;
    }

    private static bool Item(ref Utf8JsonReader reader, int index)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (i == index)
                return true;
            reader.Skip();
        }

        return false;
    }

    private static string? Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString() is { Length: > 0 } text ? text : null,
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };
}
