using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/traces...</c> answer, to clients of MLflow 3 and, under 2.0, of MLflow 2. Spans they keep as artifacts.</summary>
internal sealed class TraceCalls(TraceLog traces, AssessmentCalls assessments, IIdSource ids)
{
    private const int Default = 100;
    private const int Most = 500;

    public async Task StoreAsync(ApiCall call, MlflowFields fields)
    {
        MlflowFields info = fields.RequiredObject("trace").RequiredObject("trace_info");
        await AnswerAsync(call, await traces.StoreAsync(TraceJson.Read(info, assessments.ReadAll), call.Aborted));
    }

    public async Task GetAsync(ApiCall call) => await AnswerAsync(call, await traces.GetAsync(IdOf(call), call.Aborted));

    public async Task InfosAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<Trace> found = await traces.ListAsync(MlflowLimits.Texts(fields, "trace_ids", Most), call.Aborted);
        await MlflowCall.PageAsync(call, "trace_infos", found, TraceJson.Info, null);
    }

    /// <summary>Answered with the spans as rows, which are files here. Clients know by the code, and read the file.</summary>
    public Task NotOfferedAsync(ApiCall call) =>
        throw MlOpsException.NotFound("route-missing", $"there is no {call.Http.Request.Path} here: the spans of a trace are its artifact {Trace.SpansFile}");

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

    /// <summary>The file of spans, as MLflow's UI reads it.</summary>
    public async Task SpansAsync(ApiCall call, MlflowFields fields) =>
        await call.FileAsync(await traces.DownloadSpansAsync(fields.RequiredText("request_id"), call.Aborted), Trace.SpansFile);

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
