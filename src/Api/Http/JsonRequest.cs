using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MlOps.Domain;
using MlOps.Domain.Workflows;

namespace MlOps.Api.Http;

/// <summary>Bodies of our own API: strict, so that a misspelt field is an error and not a silent default.</summary>
internal static partial class JsonRequest
{
    private static readonly JsonSerializerOptions Strict = new(WorkflowJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>, saying where.</exception>
    public static async Task<T> ReadAsync<T>(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(body, Strict, cancellationToken) ?? throw MlOpsException.Invalid("json-invalid", "the body is null, expected a JSON object");
        }
        catch (JsonException e)
        {
            throw Invalid(e, typeof(T));
        }
    }

    public static MlOpsException Invalid(JsonException e, Type? expected)
    {
        string where = e.LineNumber is { } line ? $" (line {line + 1}, column {e.BytePositionInLine + 1})" : "";
        return MlOpsException.Invalid("json-invalid", $"the JSON body is wrong at '{e.Path ?? "$"}'{where}: {Reason(e, expected)}");
    }

    // System.Text.Json tells of .NET types; a caller knows only fields.
    private static string Reason(JsonException e, Type? expected)
    {
        if (e.Message.Contains("could not be mapped", StringComparison.Ordinal))
            return $"this field is unknown{Known(expected)}";
        if (Required().Match(e.Message) is { Success: true } missing)
            return $"missing {missing.Groups[1].Value.TrimEnd('.')}{Known(expected)}";
        if (Converted().Match(e.Message) is { Success: true } converted)
            return $"expected {Named(converted.Groups[1].Value.TrimEnd('.'))}";
        return Syntax().Match(e.Message).Groups[1].Value;
    }

    private static string Known(Type? expected) => expected is null ? "" :
        $"; the fields are {string.Join(", ", expected.GetProperties().Where(p => p.GetSetMethod() is not null).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)))}";

    private static string Named(string type) => type switch
    {
        "System.String" => "a text",
        "System.Int32" or "System.Int64" => "a whole number",
        "System.Double" => "a number",
        "System.Boolean" => "true or false",
        "System.DateTimeOffset" => "a time such as 2026-01-31T12:00:00Z",
        "System.TimeSpan" => "a duration such as 00:10:00",
        _ when EnumNamed(type) is { } names => $"one of {names}",
        _ => "another kind of value",
    };

    private static string? EnumNamed(string type) =>
        typeof(Platform).Assembly.GetType(type) is { IsEnum: true } known ? string.Join(", ", Enum.GetNames(known).Select(JsonNamingPolicy.CamelCase.ConvertName)) : null;

    [GeneratedRegex("including: (.*)")]
    private static partial Regex Required();

    [GeneratedRegex("converted to (?:System\\.Nullable`1\\[)?([A-Za-z0-9.]+)")]
    private static partial Regex Converted();

    // "'x' is an invalid start of a value. Path: $ | LineNumber: 0 | BytePositionInLine: 0." without the tail that is told already.
    [GeneratedRegex(@"^(.*?)(?: Path: .*)?$", RegexOptions.Singleline)]
    private static partial Regex Syntax();
}
