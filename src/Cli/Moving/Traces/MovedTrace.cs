using System.Text.Json.Nodes;

namespace MlOps.Cli.Moving.Traces;

/// <summary>A trace without its spans.</summary>
/// <param name="Info">As MLflow 3 has it on the wire, <c>trace_info</c>; assessments are told as they are.</param>
internal sealed record MovedTrace(string Id, JsonObject Info)
{
    /// <summary>Tag: where the spans are, as an artifact location.</summary>
    public const string LocationTag = "mlflow.artifactLocation";

    /// <summary>Tag: whether the spans are rows of the server. Of a copy they are a file.</summary>
    public const string SpansTag = "mlflow.trace.spansLocation";

    private const string Tags = "tags";
    private const string Metadata = "trace_metadata";

    /// <summary>Metadata: the run, and the logged model, under which it was made.</summary>
    private const string RunKey = "mlflow.sourceRun";
    private const string ModelKey = "mlflow.modelId";

    /// <summary>Why it could not be read; it has an id then and nothing else.</summary>
    public string? Unreadable { get; private init; }

    public MovedPlace Place => new(MovedKind.Trace, Id, Tag(LocationTag) ?? "");

    public string? RunId => Text(Metadata, RunKey);

    public string? ModelId => Text(Metadata, ModelKey);

    /// <summary>What <see cref="MoveTags.Copied"/> says of a copy whose spans could not be read.</summary>
    public string MarkWithoutSpans => MarkWith("without spans");

    /// <summary>The same of a copy with spans of that fingerprint.</summary>
    public string MarkWith(string spans) => $"{Fingerprint()} {spans}";

    public static MovedTrace Strange(string id, Exception e) => new(id, []) { Unreadable = $"a value of the trace cannot be read: {e.Message}" };

    public string? Tag(string name) => Text(Tags, name);

    /// <summary>What is stored of the copy.</summary>
    public JsonObject Copy(string experimentId, string? runId, string? modelId)
    {
        JsonObject copy = Foreign();
        copy["trace_location"] = new JsonObject { ["type"] = "MLFLOW_EXPERIMENT", ["mlflow_experiment"] = new JsonObject { ["experiment_id"] = experimentId } };
        if (runId is not null)
            copy[Metadata]![RunKey] = runId;
        if (modelId is not null)
            copy[Metadata]![ModelKey] = modelId;
        copy[Tags]![MoveTags.Trace] = Id;
        return copy;
    }

    /// <summary>Changes with whatever is copied but spans.</summary>
    public string Fingerprint() => Fingerprints.Of(Sorted(Foreign())!);

    /// <summary>Without what is its server's own.</summary>
    private JsonObject Foreign()
    {
        var info = (JsonObject)Info.DeepClone();
        info.Remove("trace_location");
        JsonObject tags = info[Tags] as JsonObject ?? [];
        foreach (string tag in tags.Select(t => t.Key).Where(t => t is LocationTag or SpansTag || MoveTags.IsOwn(t)).ToList())
            tags.Remove(tag);
        info[Tags] = tags.Parent is null ? tags : tags.DeepClone();
        info[Metadata] ??= new JsonObject();
        return info;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Key, Sorted(f.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private string? Text(string map, string name) => Info[map] is JsonObject texts && texts[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
