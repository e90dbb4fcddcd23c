using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>The versions of prompts that a trace used: a tag, as MLflow's clients write it, <c>[{"name": "greet", "version": "1"}]</c>.</summary>
public static class LinkedPrompts
{
    public const string Tag = "mlflow.linkedPrompts";

    /// <summary><c>greet/1</c> each; none where the tag is anything else.</summary>
    public static IEnumerable<string> Of(Trace trace) => Read(trace.Tags.GetValueOrDefault(Tag)).Select(p => $"{p.Name}/{p.Version}");

    /// <summary>The tag with more of them, each once; null where there is nothing to add.</summary>
    internal static string? With(string? tag, IReadOnlyList<(string Name, string Version)> more)
    {
        (string, string)[] known = [.. Read(tag)];
        (string Name, string Version)[] all = [.. known.Union(more)];
        return all.Length == known.Length ? null : new JsonArray([.. all.Select(p => new JsonObject { ["name"] = p.Name, ["version"] = p.Version })]).ToJsonString();
    }

    private static IEnumerable<(string Name, string Version)> Read(string? tag)
    {
        try
        {
            return tag is null || JsonNode.Parse(tag) is not JsonArray list ? [] : [.. list.OfType<JsonObject>().Select(p => (p["name"]?.ToString() ?? "", p["version"]?.ToString() ?? ""))];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
