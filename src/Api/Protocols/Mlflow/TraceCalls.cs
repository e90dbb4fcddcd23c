using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Protocols.Mlflow.Otlp;
using MlOps.Domain;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/traces...</c> answer, to clients of MLflow 3 and, under 2.0, of MLflow 2.</summary>
internal sealed class TraceCalls(TraceLog traces, AssessmentCalls assessments, IIdSource ids)
{
    private const int Default = 100;
    private const int Most = 500;

    public async Task StoreAsync(ApiCall call, MlflowFields fields)
    {
        MlflowFields info = fields.RequiredObject("trace").RequiredObject("trace_info");
        Trace trace = TraceJson.Read(info, assessments.ReadAll);
        var metadata = new Dictionary<string, string>(trace.Metadata) { [Trace.FinalKey] = "true" };
        await AnswerAsync(call, await traces.StoreAsync(trace with { Metadata = metadata }, call.Aborted));
    }

    public async Task GetAsync(ApiCall call) => await AnswerAsync(call, await traces.GetAsync(IdOf(call), call.Aborted));

    public async Task InfosAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<Trace> found = await traces.ListAsync(IdsOf(fields), call.Aborted);
        await MlflowCall.PageAsync(call, "trace_infos", found, TraceJson.Info, null);
    }

    /// <summary>With its spans.</summary>
    public async Task GetWholeAsync(ApiCall call, MlflowFields fields)
    {
        bool partial = fields.Flag("allow_partial") ?? false;
        Trace trace = await traces.GetAsync(fields.RequiredText("trace_id"), call.Aborted);
        IReadOnlyList<Span> spans = await traces.Spans.ReadAsync(trace, call.Aborted) ?? throw Elsewhere(trace);
        if (!partial && spans.Count < trace.SpanCount)
            throw MlOpsException.NotFound("trace-incomplete", $"Trace with ID {trace.Id} is not fully exported yet: {spans.Count} of its {trace.SpanCount} spans came so far, please try again later");
        await MlflowCall.AnswerAsync(call, (trace, spans), static (json, whole) =>
        {
            json.WritePropertyName("trace"u8);
            SpanAnswer.Write(json, whole.trace, whole.spans);
        });
    }

    /// <summary>Those that there are, that are complete and whose files can be read, with their spans.</summary>
    public async Task GetWholesAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<Trace> found = await traces.ListAsync(IdsOf(fields), call.Aborted);
        if (found.FirstOrDefault(t => !SpanLog.HasSpans(t)) is { } elsewhere)
            throw Elsewhere(elsewhere);
        // One after the other: no more than the spans of one are in memory.
        IAsyncEnumerable<(Trace Trace, IReadOnlyList<Span>? Spans)> wholes = (await traces.Spans.OpenAsync(found, call.Aborted)).Where(w => w.Spans?.Count >= w.Trace.SpanCount);
        await MlflowCall.PageAsync(call, "traces", wholes, static (json, whole) => SpanAnswer.Write(json, whole.Trace, whole.Spans!));
    }

    /// <summary>Clients know by the code that they have to do without.</summary>
    public Task NotOfferedAsync(ApiCall call) => throw MlOpsException.NotFound("route-missing", $"there is no {call.Http.Request.Method} {call.Http.Request.Path} here");

    public async Task SearchAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<MlflowFields> locations = fields.Objects("locations");
        if (locations.Count == 0)
            throw fields.Missing("locations");
        // Places of other kinds, such as tables elsewhere, hold none of our traces.
        string[] experiments = [.. locations.Where(l => l.Element("mlflow_experiment") is not null).Select(l => l.RequiredObject("mlflow_experiment").RequiredText("experiment_id"))];
        TracePage page = await traces.SearchAsync(QueryOf(fields, experiments), call.Aborted);
        await MlflowCall.PageAsync(call, "traces", page.Traces, TraceJson.Info, page.Continuation);
    }

    public async Task SetTagAsync(ApiCall call, MlflowFields fields)
    {
        await traces.SetTagAsync(IdOf(call), fields.RequiredText("key"), fields.Text("value") ?? "", call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task DeleteTagAsync(ApiCall call, MlflowFields fields)
    {
        await traces.DeleteTagAsync(IdOf(call), fields.RequiredText("key"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task DeleteAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<string> named = MlflowLimits.Texts(fields, "request_ids", MlflowLimits.DeletedTraces);
        long? until = fields.Integer("max_timestamp_millis");
        if (until is null == (named.Count == 0))
            throw fields.Invalid("max_timestamp_millis", "and `request_ids` exclude each other, and one of them must be there");
        if (named.Count > 0 && fields.Integer("max_traces") is not null)
            throw fields.Invalid("max_traces", "can't be specified if `request_ids` is specified");
        int count = await traces.DeleteAsync(
            new TraceDeletion(fields.RequiredText("experiment_id"), until is { } time ? TimeOf(fields, "max_timestamp_millis", time) : null, fields.Integer("max_traces", 1, int.MaxValue), named.Count == 0 ? null : named),
            call.Aborted);
        await MlflowCall.AnswerAsync(call, count, static (json, deleted) => json.WriteNumber("traces_deleted"u8, deleted));
    }

    public async Task LinkAsync(ApiCall call, MlflowFields fields)
    {
        await traces.LinkAsync(MlflowLimits.Texts(fields, "trace_ids", MlflowLimits.LinkedTraces), fields.RequiredText("run_id"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task LinkPromptsAsync(ApiCall call, MlflowFields fields)
    {
        if (fields.Element("prompt_versions") is null)
            throw fields.Missing("prompt_versions");
        IReadOnlyList<MlflowFields> prompts = MlflowLimits.Objects(fields, "prompt_versions", MlflowLimits.LinkedTraces);
        await traces.LinkPromptsAsync(fields.RequiredText("trace_id"), [.. prompts.Select(p => (p.RequiredText("name"), p.RequiredText("version")))], call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    /// <summary>The file of spans, as MLflow's UI reads it.</summary>
    public async Task SpansAsync(ApiCall call, MlflowFields fields)
    {
        Trace trace = await traces.GetAsync(fields.RequiredText("request_id"), call.Aborted);
        Download file = await traces.Spans.ReadAsync(trace, call.Aborted) is { Count: > 0 } spans
            ? new Download(new MemoryStream(SpanFile.Write(trace.Id, spans)), null)
            : await traces.DownloadSpansAsync(trace.Id, call.Aborted);
        await call.FileAsync(file, Trace.SpansFile);
    }

    /// <summary>As MLflow 2 begins a trace, whose id is the server's to make.</summary>
    public async Task BeginAsync(ApiCall call, MlflowFields fields)
    {
        var trace = new Trace("tr-" + ids.NewId(), fields.RequiredText("experiment_id"), TimeOf(fields, "timestamp_ms", fields.RequiredInteger("timestamp_ms")))
        {
            State = TraceState.InProgress,
            Metadata = MlflowLimits.Pairs(fields, "request_metadata"),
            Tags = MlflowLimits.Pairs(fields, "tags"),
        };
        await AnswerOldAsync(call, await traces.StoreAsync(trace, call.Aborted));
    }

    public async Task EndAsync(ApiCall call, MlflowFields fields) => await AnswerOldAsync(call, await traces.EndAsync(
        IdOf(call),
        TimeOf(fields, "timestamp_ms", fields.RequiredInteger("timestamp_ms")),
        (TraceState)(fields.Choice("status", TraceJson.States) ?? 0),
        MlflowLimits.Pairs(fields, "request_metadata"),
        MlflowLimits.Pairs(fields, "tags"),
        call.Aborted));

    public async Task GetOldAsync(ApiCall call) => await AnswerOldAsync(call, await traces.GetAsync(IdOf(call), call.Aborted));

    public async Task SearchOldAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<string> experiments = fields.Texts("experiment_ids");
        if (experiments.Count == 0)
            throw fields.Missing("experiment_ids");
        TracePage page = await traces.SearchAsync(QueryOf(fields, experiments), call.Aborted);
        await MlflowCall.PageAsync(call, "traces", page.Traces, TraceJson.OldInfo, page.Continuation);
    }

    private static TraceQuery QueryOf(MlflowFields fields, IReadOnlyList<string> experiments) => new(experiments)
    {
        Filter = fields.Text("filter"),
        OrderBy = fields.Texts("order_by"),
        Limit = fields.Integer("max_results", 1, Most) ?? Default,
        Continuation = fields.Text("page_token"),
    };

    private static DateTimeOffset TimeOf(MlflowFields fields, string name, long milliseconds) =>
        UnixTime.Of(milliseconds) ?? throw fields.Invalid(name, UnixTime.Expected(milliseconds));

    private static string IdOf(ApiCall call) => call.Path("trace");

    private static IReadOnlyList<string> IdsOf(MlflowFields fields) =>
        MlflowLimits.Texts(fields, "trace_ids", Most) is { Count: > 0 } ids ? ids : throw fields.Missing("trace_ids");

    /// <summary>Where they are a file of its client's, clients know by the code that they have to read it.</summary>
    private static MlOpsException Elsewhere(Trace trace) => MlOpsException.NotFound("route-missing", $"the spans of trace '{trace.Id}' are its artifact {Trace.SpansFile}");

    private static Task AnswerAsync(ApiCall call, Trace trace) => MlflowCall.AnswerAsync(call, trace, static (json, t) =>
    {
        json.WriteStartObject("trace"u8);
        json.WritePropertyName("trace_info"u8);
        TraceJson.Info(json, t);
        json.WriteEndObject();
    });

    private static Task AnswerOldAsync(ApiCall call, Trace trace) => MlflowCall.AnswerAsync(call, trace, static (Utf8JsonWriter json, Trace t) =>
    {
        json.WritePropertyName("trace_info"u8);
        TraceJson.OldInfo(json, t);
    });
}
