using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
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
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
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

    /// <summary>A part of a body.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>, saying where.</exception>
    public static T Read<T>(JsonElement json)
    {
        try
        {
            return json.Deserialize<T>(Strict)!;
        }
        catch (JsonException e)
        {
            throw Invalid(e, typeof(T));
        }
    }

    /// <param name="expected">What the body should have been; null when any JSON would do.</param>
    public static MlOpsException Invalid(JsonException e, Type? expected)
    {
        string where = e.LineNumber is { } line ? $" (line {line + 1}, column {e.BytePositionInLine + 1})" : "";
        return MlOpsException.Invalid("json-invalid", $"the JSON body is wrong at '{e.Path ?? "$"}'{where}: {Reason(e, expected)}");
    }

    // System.Text.Json tells of .NET types; a caller knows only fields.
    private static string Reason(JsonException e, Type? expected)
    {
        if (expected is null || e.InnerException is JsonException)
            return Syntax(e);
        if (e.Message.Contains("could not be mapped", StringComparison.Ordinal))
            return $"this field is unknown{Known(expected, Parent(e.Path))}";
        if (Missing().Match(e.Message) is { Success: true } missing)
            return $"missing {missing.Groups[1].Value.TrimEnd('.')}{Known(expected, e.Path)}";
        return e.Message.Contains("could not be converted", StringComparison.Ordinal) ? $"expected {Named(TypeAt(expected, e.Path))}" : Syntax(e);
    }

    /// <summary>The parser's words without the position, which is told already.</summary>
    private static string Syntax(JsonException e) => Position().Replace(e.Message, "");

    private static string Known(Type expected, string? path) => TypeAt(expected, path) is { } type
        ? $"; the fields are {string.Join(", ", Fields(type).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)))}"
        : "";

    private static string Named(Type? type) => type switch
    {
        null => "another kind of value",
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))}",
        _ when type == typeof(string) => "a text",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(DateTimeOffset) => "a time such as 2026-01-31T12:00:00Z",
        _ when type == typeof(TimeSpan) => "a duration such as 00:10:00",
        { IsGenericType: true } => "an array",
        _ => "an object",
    };

    /// <summary>The type of the field that a path such as <c>$.items[2].row</c> leads to, or null.</summary>
    private static Type? TypeAt(Type type, string? path)
    {
        Type? at = type;
        foreach (Match part in Parts().Matches(path ?? ""))
        {
            at = part.Groups[1].Success
                ? Fields(at!).FirstOrDefault(p => p.Name.Equals(part.Groups[1].Value, StringComparison.OrdinalIgnoreCase))?.PropertyType
                : at!.GenericTypeArguments.FirstOrDefault();
            if (at is null)
                return null;
            at = Nullable.GetUnderlyingType(at) ?? at;
        }

        return at;
    }

    private static IEnumerable<PropertyInfo> Fields(Type type) => type.GetProperties().Where(p => p.GetSetMethod() is not null);

    private static string? Parent(string? path) => path is not null && path.LastIndexOf('.') is > 0 and int dot ? path[..dot] : path;

    [GeneratedRegex("including: (.*)")]
    private static partial Regex Missing();

    [GeneratedRegex(@"\.(\w+)|\[\d+\]")]
    private static partial Regex Parts();

    [GeneratedRegex(@"\s*(?:Path: \$.*|LineNumber: .*)$", RegexOptions.Singleline)]
    private static partial Regex Position();
}
