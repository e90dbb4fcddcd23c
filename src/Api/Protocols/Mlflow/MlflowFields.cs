using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// The fields of a request, or of an object in one: from the JSON body, or of a GET from the query, where a repeated field is the
/// parameter repeated. Fields that are not asked for are ignored, null is the same as absent, and numbers may be texts of digits.
/// </summary>
internal readonly struct MlflowFields
{
    private readonly JsonElement _json;
    private readonly IQueryCollection? _query;
    private readonly string _path;

    // Of an item of a list; the path is made up only when there is something to tell of it.
    private readonly int _index;

    public MlflowFields(JsonElement json, string path = "", int index = -1) => (_json, _path, _index) = (json, path, index);

    public MlflowFields(IQueryCollection query) => (_query, _path, _index) = (query, "", -1);

    private string Before => _index < 0 ? _path : $"{_path}[{_index}].";

    /// <summary>Null when absent.</summary>
    /// <exception cref="MlOpsException">Invalid <c>field-invalid</c>, as of all of these.</exception>
    public string? Text(string name)
    {
        if (_query is not null)
            return _query.TryGetValue(name, out var values) ? values.ToString() : null;
        JsonElement value = Find(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.String => value.GetString(),
            _ => throw Wrong(name, value, "a text"),
        };
    }

    /// <summary>Not empty either.</summary>
    public string RequiredText(string name) => Text(name) is { Length: > 0 } text ? text : throw Missing(name);

    public long? Integer(string name)
    {
        if (_query is not null)
            return Text(name) is { Length: > 0 } text ? Parsed(name, text) : null;
        JsonElement value = Find(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.Number when value.TryGetInt64(out long number) => number,
            // Python's clients write whole numbers that went through a float as 1.0.
            JsonValueKind.Number when value.TryGetDouble(out double real) && real == Math.Floor(real) && Math.Abs(real) < 1L << 53 => (long)real,
            JsonValueKind.String => Parsed(name, value.GetString()!),
            _ => throw Wrong(name, value, "a whole number"),
        };
    }

    public long RequiredInteger(string name) => Integer(name) ?? throw Missing(name);

    /// <summary>Between the bounds, both allowed.</summary>
    public int? Integer(string name, int min, int max) => Integer(name) switch
    {
        null => null,
        { } value when value >= min && value <= max => (int)value,
        { } value => throw Invalid(name, $"is {value}, expected a whole number from {min} to {max}"),
    };

    /// <summary>Also <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c>, and numbers as texts.</summary>
    public double RequiredNumber(string name)
    {
        JsonElement value = Find(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => throw Missing(name),
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String when Real(value.GetString()!) is { } number => number,
            _ => throw Wrong(name, value, "a number"),
        };
    }

    public bool? Flag(string name)
    {
        if (_query is null && Find(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } given)
            return given.ValueKind == JsonValueKind.True;
        return Text(name) switch
        {
            null => null,
            var text when text.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
            var text when text.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
            var text => throw Invalid(name, $"is '{text}', expected true or false"),
        };
    }

    /// <summary>Empty when absent.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (_query is not null)
            return _query.TryGetValue(name, out var values) ? [.. values.Select(v => v ?? "")] : [];
        var texts = new List<string>();
        foreach (JsonElement item in List(name))
            texts.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong($"{name}[{texts.Count}]", item, "a text"));
        return texts;
    }

    /// <summary>Empty when absent.</summary>
    public IReadOnlyList<MlflowFields> Objects(string name)
    {
        var objects = new List<MlflowFields>();
        string path = Before + name;
        foreach (JsonElement item in List(name))
            objects.Add(item.ValueKind == JsonValueKind.Object ? new MlflowFields(item, path, objects.Count) : throw Wrong($"{name}[{objects.Count}]", item, "an object"));

        return objects;
    }

    public MlflowFields RequiredObject(string name) => Object(name) ?? throw Missing(name);

    /// <summary>Null when absent.</summary>
    public MlflowFields? Object(string name)
    {
        JsonElement value = Find(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.Object => new MlflowFields(value, $"{Before}{name}."),
            _ => throw Wrong(name, value, "an object"),
        };
    }

    /// <summary>The value as it stands, to be kept; null when absent.</summary>
    public JsonElement? Element(string name) => Find(name) is { ValueKind: not JsonValueKind.Undefined } value ? value.Clone() : null;

    /// <summary>An object of texts; empty when absent.</summary>
    public IReadOnlyDictionary<string, string> Map(string name)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        JsonElement value = Find(name);
        if (value.ValueKind == JsonValueKind.Undefined)
            return texts;
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(name, value, "an object");
        foreach (JsonProperty property in value.EnumerateObject())
            texts[property.Name] = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : throw Wrong($"{name}.{property.Name}", property.Value, "a text");
        return texts;
    }

    /// <summary>One of an enum's names, or its number as protobuf counts it.</summary>
    public int? Choice(string name, IReadOnlyDictionary<string, int> values)
    {
        if (_query is null && Find(name) is { ValueKind: JsonValueKind.Number } number)
            return number.TryGetInt32(out int given) && values.Values.Contains(given) ? given : throw Invalid(name, $"is {number.GetRawText()}, expected one of {string.Join(", ", values.Keys)}");
        if (Text(name) is not { Length: > 0 } text)
            return null;
        return values.TryGetValue(text, out int value) ? value : throw Invalid(name, $"is '{text}', expected one of {string.Join(", ", values.Keys)}");
    }

    public MlOpsException Invalid(string name, string why) => MlOpsException.Invalid("field-invalid", $"Invalid value for parameter '{Before}{name}': it {why}");

    public MlOpsException Missing(string name) => MlOpsException.Invalid("field-missing", $"Missing value for required parameter '{Before}{name}'.");

    private MlOpsException Wrong(string name, JsonElement value, string expected) => Invalid(name, $"is {JsonFields.Shown(value)}, expected {expected}");

    private long Parsed(string name, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw Invalid(name, $"is '{text}', expected a whole number");

    private static double? Real(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null,
    };

    private JsonElement.ArrayEnumerator List(string name)
    {
        JsonElement value = Find(name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined => default,
            JsonValueKind.Array => value.EnumerateArray(),
            _ => throw Wrong(name, value, "a list"),
        };
    }

    private JsonElement Find(string name) =>
        _json.ValueKind == JsonValueKind.Object && _json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : default;
}
