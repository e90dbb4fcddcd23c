using System.Text.Json;
using MlOps.Api.Inference;

namespace MlOps.Api.Http;

/// <summary>The fields of a JSON object that a protocol defines; others are errors, each said by name.</summary>
internal sealed class JsonFields
{
    private readonly JsonSlice _body;

    private JsonFields(JsonSlice body) => _body = body;

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>: not an object, or a field that is not known.</exception>
    public static JsonFields Of(JsonSlice body, params string[] known)
    {
        if (body.Kind != JsonValueKind.Object)
            throw Invalid($"the body is {body.Shown()}, expected an object with {string.Join(", ", known)}");
        JsonParts members = body.Parts();
        while (members.MoveNext())
        {
            string name = members.Name();
            if (!known.Contains(name))
                throw Invalid($"the field '{name}' is unknown; the fields are {string.Join(", ", known)}");
        }

        return new(body);
    }

    public JsonSlice Required(string name) =>
        _body.Member(name) is { IsGiven: true } value ? value : throw Invalid($"the field '{name}' is missing");

    /// <summary>Null when the field is absent or null.</summary>
    public string? TextOrNumber(string name) => _body.Member(name) switch
    {
        { IsGiven: false } => null,
        { Kind: JsonValueKind.String } text => text.Text(),
        { Kind: JsonValueKind.Number } number => number.Element().GetRawText(),
        var other => throw Invalid($"the field '{name}' is {other.Shown()}, expected a text"),
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
