using System.Text.Json;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>What traces are searched by.</summary>
/// <param name="spans">Null in an order, where there are no spans to ask for.</param>
internal sealed class TraceFields(SpanSearch? spans = null) : ISearchFields<Trace>
{
    public static readonly TraceFields OfOrder = new();

    private const string Known =
        "status, name, timestamp_ms, execution_time_ms, end_time_ms, request_id, client_request_id, run_id, prompt, text, tags.<key>, metadata.<key>, feedback.<name>, expectation.<name>, issue.id, span.name, span.type, span.status, span.content or span.attributes.<key>";

    public SearchField<Trace>? Find(string? entity, string key, out string why)
    {
        why = $"a trace cannot be searched by '{(entity is null ? key : $"{entity}.{key}")}': {Known}";
        return entity switch
        {
            "tag" or "tags" => SearchField<Trace>.OfText(t => key == Trace.LocationTag ? ArtifactUris.OfTrace(t) : t.Tags.GetValueOrDefault(key), optional: true),
            "metadata" or "request_metadata" => SearchField<Trace>.OfText(t => t.Metadata.GetValueOrDefault(key), optional: true),
            "feedback" => SearchField<Trace>.OfTexts(t => Values(t, key, a => a.Feedback), optional: true),
            "expectation" => SearchField<Trace>.OfTexts(t => Values(t, key, a => a.Expectation), optional: true),
            "issue" when key == "id" => SearchField<Trace>.OfTexts(t => t.Issues(), optional: true),
            "span" => spans?.Find(key),
            null or "trace" or "attribute" or "attributes" => Attribute(key),
            _ => null,
        };
    }

    private SearchField<Trace>? Attribute(string key) => key switch
    {
        "text" => spans?.Find("content"),
        "prompt" => SearchField<Trace>.OfTexts(LinkedPrompts.Of),
        "status" or "state" => SearchField<Trace>.OfText(t => StateOf(t.State)),
        "name" => SearchField<Trace>.OfText(t => t.Tags.GetValueOrDefault(Trace.NameTag)),
        "timestamp_ms" or "timestamp" => SearchField<Trace>.OfStart(t => t.StartedAt.ToUnixTimeMilliseconds()),
        "execution_time_ms" or "execution_time" => SearchField<Trace>.OfNumber(t => t.Milliseconds),
        "end_time_ms" or "end_time" => SearchField<Trace>.OfNumber(t => t.StartedAt.ToUnixTimeMilliseconds() + (t.Milliseconds ?? 0)),
        "request_id" or "trace_id" => SearchField<Trace>.OfText(t => t.Id),
        "client_request_id" => SearchField<Trace>.OfText(t => t.ClientRequestId),
        "experiment_id" => SearchField<Trace>.OfText(t => t.ExperimentId),
        // Only one can be ordered by: that in which it was made.
        "run_id" when spans is null => SearchField<Trace>.OfText(t => t.Metadata.GetValueOrDefault(Trace.RunKey), optional: true),
        "run_id" => SearchField<Trace>.OfTexts(t => t.Metadata.TryGetValue(Trace.RunKey, out string? run) ? t.LinkedRuns.Append(run) : t.LinkedRuns),
        _ => null,
    };

    /// <summary>As MLflow names it.</summary>
    public static string StateOf(TraceState state) => state switch
    {
        TraceState.Unspecified => "STATE_UNSPECIFIED",
        TraceState.InProgress => "IN_PROGRESS",
        _ => state.ToString().ToUpperInvariant(),
    };

    /// <summary>Of all of that name, but for those that are replaced.</summary>
    private static IEnumerable<string> Values(Trace trace, string name, Func<Assessment, JsonElement?> part) =>
        from assessment in trace.Assessments
        where assessment.Name == name && assessment.Valid
        let value = Assessment.ValueOf(part(assessment), asText: true)
        where value is not null
        select value;
}
