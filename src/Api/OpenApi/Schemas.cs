using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MlOps.Domain.Workflows;

namespace MlOps.Api.OpenApi;

/// <summary>Makes schemas of what the API answers and takes; OpenAPI 3.1 has those of JSON Schema.</summary>
internal static class Schemas
{
    private const string Components = "#/components/schemas/";

    private static readonly JsonSchemaExporterOptions Exported = new() { TransformSchemaNode = Transform };

    public static JsonObject Ref(string component) => new() { ["$ref"] = Components + component };

    public static JsonObject ListOf(JsonNode items) => new() { ["type"] = "array", ["items"] = items };

    public static JsonObject Typed(string type) => new() { ["type"] = type };

    /// <summary>An object of these properties.</summary>
    /// <param name="required">Names of those that are always there.</param>
    public static JsonObject Object(IEnumerable<string> required, params IEnumerable<(string Name, JsonNode Schema)> properties)
    {
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(properties.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)p.Schema))) };
        if (required.Any())
            schema["required"] = new JsonArray([.. required.Select(r => (JsonNode)r)]);
        return schema;
    }

    /// <summary>A reference to the schema of a type, which is put among the components.</summary>
    public static JsonObject Of(Type type, JsonObject components)
    {
        string name = TypeName(type);
        if (!components.ContainsKey(name))
        {
            // Options that have written nothing yet know no types.
            WorkflowJson.Options.MakeReadOnly(populateMissingResolver: true);
            JsonNode schema = WorkflowJson.Options.GetJsonSchemaAsNode(type, Exported);
            Relocate(schema, Components + name);
            components[name] = schema is JsonObject ? schema : new JsonObject();
        }

        return Ref(name);
    }

    /// <summary>A text as the name of a component: what may not stand in one is written by its number.</summary>
    public static string Name(string text)
    {
        var name = new StringBuilder();
        foreach (char c in text)
            name.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c.ToString() : c is '{' or '}' ? "" : string.Create(CultureInfo.InvariantCulture, $"_{(int)c:x}"));
        return name.ToString();
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema) =>
        context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(SchemaAttribute), false) is [SchemaAttribute own] ? JsonNode.Parse(own.Json)! : schema;

    private static string TypeName(Type type) => type.IsGenericType
        ? string.Concat(type.GenericTypeArguments.Select(a => a.Name)) + type.Name[..type.Name.IndexOf('`')]
        : type.Name;

    /// <summary>References of a schema to parts of itself, which is no document of its own here.</summary>
    private static void Relocate(JsonNode? node, string to)
    {
        if (node is JsonObject o && o["$ref"]?.GetValue<string>() is { } at && at.StartsWith('#'))
            o["$ref"] = to + at[1..];
        foreach (JsonNode? part in node switch { JsonObject parts => parts.Select(p => p.Value).ToArray(), JsonArray parts => [.. parts], _ => [] })
            Relocate(part, to);
    }
}
