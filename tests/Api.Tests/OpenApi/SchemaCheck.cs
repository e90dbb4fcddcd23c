using System.Text.Json;

namespace MlOps.Api.Tests.OpenApi;

/// <summary>What of a value is not as a schema of the document says; a field that no schema names counts too.</summary>
internal sealed class SchemaCheck(JsonElement document)
{
    public IEnumerable<string> Problems(JsonElement value, JsonElement schema, string at = "$")
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
            schema = document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        if (schema.TryGetProperty("type", out JsonElement type) && !Types(type).Contains(TypeOf(value)) && !(TypeOf(value) == "integer" && Types(type).Contains("number")))
            yield return $"{at} is {TypeOf(value)}, not {type}";
        if (schema.TryGetProperty("enum", out JsonElement known) && !known.EnumerateArray().Any(k => k.GetRawText() == value.GetRawText()))
            yield return $"{at} is {value}, not of {known}";
        foreach (string problem in value.ValueKind switch
        {
            JsonValueKind.Object => OfObject(value, schema, at),
            JsonValueKind.Array when schema.TryGetProperty("items", out JsonElement items) => value.EnumerateArray().SelectMany((v, i) => Problems(v, items, $"{at}[{i}]")),
            _ => [],
        })
            yield return problem;
    }

    private IEnumerable<string> OfObject(JsonElement value, JsonElement schema, string at)
    {
        if (!schema.TryGetProperty("properties", out JsonElement properties))
            yield break;
        foreach (JsonElement required in schema.TryGetProperty("required", out JsonElement all) ? all.EnumerateArray() : default)
        {
            if (!value.TryGetProperty(required.GetString()!, out _))
                yield return $"{at}.{required} is missing";
        }

        foreach (JsonProperty field in value.EnumerateObject())
        {
            foreach (string problem in properties.TryGetProperty(field.Name, out JsonElement of) ? Problems(field.Value, of, $"{at}.{field.Name}") : [$"{at}.{field.Name} is not described"])
                yield return problem;
        }
    }

    private static string[] Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!];

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind kind => kind.ToString().ToLowerInvariant(),
    };
}
