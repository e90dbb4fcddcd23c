using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlOps.Domain.Workflows;

/// <summary>How messages of workflows, and documents of the slices, are written as JSON: camelCase, enums as camelCase text, NaN as "NaN".</summary>
public static class WorkflowJson
{
    /// <summary>Bytes a message may have; larger things go by reference.</summary>
    public const int MaxMessageBytes = 16 << 10;

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write(object? value) => JsonSerializer.Serialize(value, Options);

    public static T? Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options);

    public static object? Read(string json, Type type) => JsonSerializer.Deserialize(json, type, Options);
}
