using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>What two answers differ in, a line each: <c>.run.info.status: "RUNNING" | "FINISHED"</c>, MLflow's first. Of refusals, status and code count, not the words.</summary>
internal static class AnswerDifference
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<string> Between(ComparedAnswer theirs, ComparedAnswer ours)
    {
        if (theirs.Lacks is not null || ours.Lacks is not null)
            return [$"{theirs.Lacks ?? ours.Lacks} is not in {Line(theirs)} | {Line(ours)}"];
        if (theirs.Status == ours.Status && CodeOf(theirs) == CodeOf(ours))
            return CodeOf(theirs) is not null || theirs.Status >= 300 ? [] : [.. Lines(theirs.Body, ours.Body, "")];
        return [$"{Line(theirs)} | {Line(ours)}"];
    }

    private static string? CodeOf(ComparedAnswer answer) => (answer.Body as JsonObject)?["error_code"]?.ToString();

    private static string Line(ComparedAnswer answer) => CodeOf(answer) is { } code
        ? $"{answer.Status} {code}: {Short(answer.Body!["message"]?.ToString() ?? "")}"
        : $"{answer.Status} {Short(answer.Body?.ToJsonString(Readable) ?? "null")}";

    private static IEnumerable<string> Lines(JsonNode? theirs, JsonNode? ours, string path)
    {
        if (JsonNode.DeepEquals(theirs, ours))
            return [];
        if (theirs is JsonObject left && ours is JsonObject right)
            return left.Select(f => f.Key).Union(right.Select(f => f.Key)).Order(StringComparer.Ordinal).SelectMany(key => Fields(left, right, key, $"{path}.{key}"));
        if (theirs is JsonArray these && ours is JsonArray those && these.Count == those.Count)
            return these.Zip(those).SelectMany((pair, i) => Lines(pair.First, pair.Second, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")));
        return [$"{path}: {Shown(theirs)} | {Shown(ours)}"];
    }

    private static IEnumerable<string> Fields(JsonObject theirs, JsonObject ours, string key, string path)
    {
        if (!theirs.TryGetPropertyValue(key, out JsonNode? left))
            return [$"{path}: - | {Shown(ours[key])}"];
        return ours.TryGetPropertyValue(key, out JsonNode? right) ? Lines(left, right, path) : [$"{path}: {Shown(left)} | -"];
    }

    private static string Shown(JsonNode? node) => node switch
    {
        null => "null",
        JsonArray list => $"{list.Count} items {Short(list.ToJsonString(Readable))}",
        _ => Short(node.ToJsonString(Readable)),
    };

    private static string Short(string text)
    {
        text = text.ReplaceLineEndings(" ");
        return text.Length <= 160 ? text : text[..160] + "…";
    }
}
