using System.Text.Json;

namespace MlOps.Api.Http;

/// <summary>The fields of a JSON object that a protocol defines; others are errors, each said by name.</summary>
internal sealed class JsonFields
{
    private readonly JsonElement _body;

    private JsonFields(JsonElement body) => _body = body;

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>: not an object, or a field that is not known.</exception>
    public static JsonFields Of(JsonElement body, params string[] known)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw Invalid($"the body is {Shown(body)}, expected an object with {string.Join(", ", known)}");
        string? unknown = body.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => !known.Contains(n));
        if (unknown is not null)
            throw Invalid($"the field '{unknown}' is unknown; the fields are {string.Join(", ", known)}");
        return new(body);
    }

    public JsonElement Required(string name) =>
        Optional(name) ?? throw Invalid($"the field '{name}' is missing");

    /// <summary>The field, or null when it is absent or null.</summary>
    public JsonElement? Optional(string name) =>
        _body.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? TextOrNumber(string name) => Optional(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        { } other => throw Invalid($"the field '{name}' is {Shown(other)}, expected a text"),
    };

    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => value.GetString()!.Length <= 40 ? $"the text \"{value.GetString()}\"" : "a long text",
        _ => value.GetRawText(),
    };

    public static MlOpsException Invalid(string message) => MlOpsException.Invalid("json-invalid", message);
}
