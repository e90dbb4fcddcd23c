using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MlOps.Domain.Experiments.Traces;

public enum TraceState
{
    Unspecified = 0,
    Ok = 1,
    Error = 2,
    InProgress = 3,
}

/// <summary>
/// What is known of a trace, which is one request that a program answered, step by step; its spans are artifacts below
/// <see cref="ArtifactUris.OfTrace"/>.
/// </summary>
/// <param name="Id">Chosen by the client, by habit <c>tr-</c> and 32 hexadecimal digits.</param>
public sealed record Trace(string Id, string ExperimentId, DateTimeOffset StartedAt)
{
    /// <summary>Between an artifact location and the file of spans.</summary>
    public const string SpansFile = "traces.json";

    /// <summary>Tag that clients read, and nobody can write: where the spans are, as an artifact location.</summary>
    public const string LocationTag = "mlflow.artifactLocation";

    /// <summary>Before the 32 hexadecimal digits of an id that is OpenTelemetry's.</summary>
    public const string IdPrefix = "tr-";

    /// <summary>Tag: <see cref="SpansHere"/> when this server has the spans one by one (<see cref="SpanLog"/>); clients ask it for them.</summary>
    public const string SpansTag = "mlflow.trace.spansLocation";

    public const string SpansHere = "TRACKING_STORE";

    /// <summary>The other value of <see cref="SpansTag"/>: they are the artifact <see cref="SpansFile"/>, as without the tag.</summary>
    public const string SpansInFile = "ARTIFACT_REPO";

    /// <summary>Metadata: <c>true</c> once a client told of the trace as a whole.</summary>
    public const string FinalKey = "mlflow.trace.infoFinalized";

    /// <summary>Metadata: sizes of the spans, a JSON object, whose <c>num_spans</c> tells how many there are.</summary>
    public const string SizesKey = "mlflow.trace.sizeStats";

    /// <summary>Metadata: tokens that language models took and gave, a JSON object of <c>input_tokens</c>, <c>output_tokens</c>, <c>total_tokens</c> and others.</summary>
    public const string TokensKey = "mlflow.trace.tokenUsage";

    /// <summary>Metadata: what that cost in US dollars, a JSON object of <c>input_cost</c>, <c>output_cost</c>, <c>total_cost</c>.</summary>
    public const string CostKey = "mlflow.trace.cost";

    /// <summary>Metadata: the conversation that it is part of.</summary>
    public const string SessionKey = "mlflow.trace.session";

    /// <summary>Metadata: who asked.</summary>
    public const string UserKey = "mlflow.trace.user";

    /// <summary>Tag: what is called the trace's name.</summary>
    public const string NameTag = "mlflow.traceName";

    /// <summary>Metadata: the run under which it was made.</summary>
    public const string RunKey = "mlflow.sourceRun";

    /// <summary>Where its experiment's artifacts went when it was stored first; see <see cref="Experiment.ArtifactLocation"/>.</summary>
    public string? ArtifactLocation { get; init; }

    public string? ClientRequestId { get; init; }

    /// <summary>The beginning of the request, and of the answer.</summary>
    public string? RequestPreview { get; init; }

    /// <inheritdoc cref="RequestPreview"/>
    public string? ResponsePreview { get; init; }

    /// <summary>Null while it is in progress.</summary>
    public long? Milliseconds { get; init; }

    public TraceState State { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = RunChanges.NoTexts;

    public IReadOnlyDictionary<string, string> Tags { get; init; } = RunChanges.NoTexts;

    /// <summary>By span: tokens and costs that it told, by name; of the first 1,000 that told any.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Usage { get; init; } = NoUsage;

    /// <summary>Runs that it was linked to afterwards.</summary>
    public IReadOnlyList<string> LinkedRuns { get; init; } = [];

    public IReadOnlyList<Assessment> Assessments { get; init; } = [];

    private static readonly Dictionary<string, IReadOnlyDictionary<string, double>> NoUsage = [];

    /// <summary>As its client told; 0 when it did not.</summary>
    [JsonIgnore]
    public int SpanCount
    {
        get
        {
            try
            {
                return Metadata.TryGetValue(SizesKey, out string? sizes) && JsonNode.Parse(sizes)?["num_spans"] is JsonValue count && count.TryGetValue(out int spans) ? spans : 0;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return 0;
            }
        }
    }

    /// <summary>Ids of the issues that its assessments point to.</summary>
    internal IEnumerable<string> Issues() => Assessments.Where(a => a.IssueName is not null).Select(a => a.Name);

    /// <summary>With <see cref="LocationTag"/>, as clients read it.</summary>
    public IReadOnlyDictionary<string, string> AllTags() => Texts.Merged(Tags, new Dictionary<string, string> { [LocationTag] = ArtifactUris.OfTrace(this) });
}

/// <summary>What somebody says of a trace, or of one of its spans: feedback, what was expected, or which issue it has.</summary>
/// <param name="Name">Where it points to an issue, the issue's id.</param>
/// <param name="Source">Who: <c>{"source_type", "source_id"}</c>.</param>
/// <param name="Feedback">The value as its client wrote it; null when it is none.</param>
public sealed record Assessment(string Id, string Name, DateTimeOffset CreatedAt, JsonElement? Source, JsonElement? Feedback, JsonElement? Expectation)
{
    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    /// <summary>Of one that points to an issue, what the issue is called; null for others.</summary>
    public string? IssueName { get; init; }

    public string? SpanId { get; init; }

    public string? Rationale { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = RunChanges.NoTexts;

    /// <summary>The assessment that it replaces.</summary>
    public string? Overrides { get; init; }

    /// <summary>False once another one replaced it.</summary>
    public bool Valid { get; init; } = true;

    /// <summary>feedback, expectation or issue.</summary>
    internal string Kind => Feedback is not null ? "feedback" : IssueName is null ? "expectation" : "issue";

    /// <summary>What is said, as JSON; null when nothing is.</summary>
    internal string? ValueJson() => IssueName is { } issue ? $$"""{"issue_name": {{JsonSerializer.Serialize(issue)}}}""" : ValueOf(Feedback ?? Expectation, asText: false);

    /// <param name="content">Feedback or an expectation.</param>
    /// <param name="asText">A text comes without its quotes, as searches compare it.</param>
    internal static string? ValueOf(JsonElement? content, bool asText) => content is not { ValueKind: JsonValueKind.Object } said ? null
        : said.TryGetProperty("value", out JsonElement value) ? asText && value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
        : said.TryGetProperty("serialized_value", out JsonElement written) && written.TryGetProperty("value", out JsonElement text) ? text.GetString()
        : null;
}

/// <summary>Which traces of an experiment to delete: those that all of it is true of.</summary>
/// <param name="Until">Started then or before, to the millisecond.</param>
/// <param name="Most">The oldest of them, so many.</param>
public sealed record TraceDeletion(string ExperimentId, DateTimeOffset? Until, int? Most, IReadOnlyList<string>? Ids);
