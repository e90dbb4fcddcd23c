using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlOps.Api.Protocols.Mlflow.Graph;

/// <summary>Takes of an object of the REST API what a query asks for: names in camel case, 64-bit numbers as texts, lists that are left out empty.</summary>
internal static class GraphAnswer
{
    private static readonly HashSet<string> Longs = ["start_time", "end_time", "step", "timestamp", "creation_time", "last_update_time", "file_size", "creation_timestamp", "last_updated_timestamp"];

    private static readonly HashSet<string> Lists =
        ["metrics", "params", "tags", "dataset_inputs", "model_inputs", "model_outputs", "files", "runs", "model_versions", "aliases", "dataset_summaries"];

    /// <param name="type">What the schema calls <paramref name="value"/>, or the items of it.</param>
    public static JsonNode? Of(JsonElement value, IReadOnlyList<GraphField> fields, string type) => value.ValueKind switch
    {
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(item => Of(item, fields, type))]),
        JsonValueKind.Object => Object(value, fields, type),
        _ => JsonNode.Parse(value.GetRawText()),
    };

    /// <summary>The same object with names as the REST API has them.</summary>
    public static JsonNode? Snake(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(f => KeyValuePair.Create(Snake(f.Key), Snake(f.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Snake)]),
        _ => node?.DeepClone(),
    };

    private static JsonObject Object(JsonElement value, IReadOnlyList<GraphField> fields, string type)
    {
        var answer = new JsonObject();
        foreach (GraphField field in fields)
            answer[field.Alias] = field.Name == GraphTypes.Field ? type : Field(value, field, GraphTypes.Of(type, field.Name));
        return answer;
    }

    private static JsonNode? Field(JsonElement of, GraphField field, string type)
    {
        string name = Snake(field.Name);
        if (!of.TryGetProperty(name, out JsonElement value))
            return Lists.Contains(name) ? new JsonArray() : null;
        if (value.ValueKind == JsonValueKind.Number && Longs.Contains(name))
            return value.GetInt64().ToString(CultureInfo.InvariantCulture);
        // A number that is none has no place in GraphQL's JSON.
        return name == "value" && field.Fields.Count == 0 && value.ValueKind == JsonValueKind.String && value.ValueEquals("NaN") && of.TryGetProperty("step", out _) ? null : Of(value, field.Fields, type);
    }

    private static string Snake(string name)
    {
        var snake = new StringBuilder(name.Length + 4);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c))
                snake.Append('_').Append(char.ToLowerInvariant(c));
            else
                snake.Append(c);
        }

        return snake.ToString();
    }
}
