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
    /// <exception cref="MlOpsException">Invalid <c>prompts-unreadable</c>: what the tag has is no such list, and would be lost; <c>value-too-long</c>.</exception>
    internal static string? With(string? tag, IReadOnlyList<(string Name, string Version)> more)
    {
        (string, string)[] known = tag is null ? [] : TryRead(tag) ?? throw Unreadable();
        (string Name, string Version)[] all = [.. known.Union(more)];
        if (all.Length == known.Length)
            return null;
        string text = new JsonArray([.. all.Select(p => new JsonObject { ["name"] = p.Name, ["version"] = p.Version })]).ToJsonString();
        return text.Length <= TrackingLimits.ValueChars ? text : throw TooLong(text.Length);
    }

    private static (string Name, string Version)[] Read(string? tag) => tag is null ? [] : TryRead(tag) ?? [];

    private static (string Name, string Version)[]? TryRead(string tag)
    {
        try
        {
            using JsonDocument list = JsonDocument.Parse(tag);
            return list.RootElement.ValueKind is JsonValueKind.Array
                ? [.. list.RootElement.EnumerateArray().Where(p => p.ValueKind is JsonValueKind.Object).Select(p => (Part(p, "name"), Part(p, "version")))]
                : null;
        }
        // The second: a text in it that is half a character.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Part(JsonElement prompt, string name) => prompt.TryGetProperty(name, out JsonElement part) ? part.ToString() : "";

    private static MlOpsException Unreadable() =>
        MlOpsException.Invalid("prompts-unreadable", $"tag '{Tag}' of the trace is no list of prompts, and linking more would lose what it says; delete or correct the tag first");

    private static MlOpsException TooLong(int length) =>
        MlOpsException.Invalid("value-too-long", $"with these prompts tag '{Tag}' of the trace would have {length:N0} characters, {TrackingLimits.ValueChars:N0} are allowed; nothing was linked");
}
