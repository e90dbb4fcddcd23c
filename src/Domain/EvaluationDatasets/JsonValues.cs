using System.Buffers;
using System.Text.Json;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>Values of records, of which nothing is known but that they are JSON.</summary>
internal static class JsonValues
{
    public static readonly JsonElement EmptyObject = JsonSerializer.Deserialize<JsonElement>("{}"u8);

    /// <summary>Whether a number is written without fraction and exponent, which for Python makes it another type.</summary>
    public static bool IsWhole(JsonElement number) => number.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0;

    public static bool IsEmptyObject(JsonElement value) => value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any();

    /// <summary>An object with the names of both; of those that both have the value of <paramref name="more"/>.</summary>
    public static JsonElement? Merged(JsonElement? known, JsonElement? more)
    {
        if (more is not { } added || IsEmptyObject(added))
            return known;
        if (known is not { } before || IsEmptyObject(before))
            return added;
        Dictionary<string, JsonElement> given = Last(added);
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach ((string name, JsonElement value) in Last(before))
                Write(json, name, given.Remove(name, out JsonElement replaced) ? replaced : value);
            foreach ((string name, JsonElement value) in given)
                Write(json, name, value);
            json.WriteEndObject();
        }

        return JsonSerializer.Deserialize<JsonElement>(bytes.WrittenSpan);
    }

    /// <summary>The values by name; of a name that stands there twice the last, as Python reads it.</summary>
    public static Dictionary<string, JsonElement> Last(JsonElement value)
    {
        var all = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty property in value.EnumerateObject())
            all[property.Name] = property.Value;
        return all;
    }

    private static void Write(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }
}
