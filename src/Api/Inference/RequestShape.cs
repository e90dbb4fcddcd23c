using System.Text.Json;
using MlOps.Api.Http;

namespace MlOps.Api.Inference;

/// <summary>Lists of values, as all spellings of rows and columns have them.</summary>
internal static class RequestShape
{
    /// <summary>Values of a row or a column; <c>[n, 1]</c> is as good as <c>[n]</c>.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static IReadOnlyList<object?> Values(JsonElement values, string where) =>
        values.ValueKind == JsonValueKind.Array ? Values(values) : throw Invalid($"'{where}' is {JsonFields.Shown(values)}, expected an array");

    public static IReadOnlyList<object?> Values(JsonElement list) =>
        [.. list.EnumerateArray().Select(object? (v) => v is { ValueKind: JsonValueKind.Array } && v.GetArrayLength() == 1 ? v[0] : v)];

    /// <summary>TensorFlow's spelling of bytes: <c>{"b64": text}</c>.</summary>
    public static bool IsEncoded(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("b64", out JsonElement text) && text.ValueKind == JsonValueKind.String && value.GetPropertyCount() == 1;

    public static MlOpsException Invalid(string message) => JsonFields.Invalid(message);
}
