using System.Text.Json;
using MlOps.Api.Inference;

namespace MlOps.Api.Http;

/// <summary>The fields of a JSON object that a protocol defines; others are errors, each said by name.</summary>
internal sealed class JsonFields
{
    private readonly string[] _names;
    private readonly JsonSlice[] _values;

    private JsonFields(string[] names)
    {
        _names = names;
        _values = new JsonSlice[names.Length];
    }

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>: not an object, or a field that is not known.</exception>
    public static JsonFields Of(JsonSlice body, params string[] known)
    {
        if (body.Kind != JsonValueKind.Object)
            throw Invalid($"the body is {body.Shown()}, expected an object with {string.Join(", ", known)}");
        var fields = new JsonFields(known);
        JsonParts members = body.Parts();
        while (members.MoveNext())
            fields.Set(in members);
        return fields;
    }

    public JsonSlice Required(string name) =>
        this[name] is { IsGiven: true } value ? value : throw Invalid($"the field '{name}' is missing");

    /// <summary>Null when the field is absent or null.</summary>
    public string? TextOrNumber(string name) => this[name] switch
    {
        { IsGiven: false } => null,
        { Kind: JsonValueKind.String } text => text.Text(),
        { Kind: JsonValueKind.Number } number => number.Element().GetRawText(),
        var other => throw Invalid($"the field '{name}' is {other.Shown()}, expected a text"),
    };

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>: the member is unknown, or there twice.</exception>
    private void Set(in JsonParts member)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            if (!member.NameIs(_names[i]))
                continue;
            if (_values[i].Kind != JsonValueKind.Undefined)
                throw Invalid($"the field '{_names[i]}' is there twice: give it once");
            _values[i] = member.Current;
            return;
        }

        throw Invalid($"the field '{member.Name()}' is unknown; the fields are {string.Join(", ", _names)}");
    }

    /// <summary>The default value when the field is absent.</summary>
    public JsonSlice this[string name] => _values[Array.IndexOf(_names, name)];

    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => value.GetString()!.Length <= 40 ? $"the text \"{value.GetString()}\"" : "a long text",
        _ => value.GetRawText(),
    };

    public static MlOpsException Invalid(string message) => MlOpsException.Invalid("json-invalid", message);
}
