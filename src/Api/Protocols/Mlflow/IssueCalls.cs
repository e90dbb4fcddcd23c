using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Experiments.Issues;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/issues...</c> answer.</summary>
internal sealed class IssueCalls(IssueLog issues, IIdSource ids, TimeProvider time)
{
    private const int Default = 100;
    private const int Most = 1_000;

    private static readonly Dictionary<string, int> Statuses = Numbered(IssueWords.Statuses);
    private static readonly Dictionary<string, int> Severities = Numbered(IssueWords.Severities);

    public static void Map(ApiRoutes routes, IssueCalls calls)
    {
        routes.Post("/issues", MlflowCall.OfBody(calls.CreateAsync));
        routes.Post("/issues/search", MlflowCall.OfBody(calls.SearchAsync), Role.Viewer);
        routes.Get("/issues/{issue}", calls.GetAsync);
        routes.Patch("/issues/{issue}", MlflowCall.OfBody(calls.UpdateAsync));
    }

    private async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        var issue = new Issue("iss-" + ids.NewId(), fields.RequiredText("experiment_id"), fields.RequiredText("name"), fields.RequiredText("description"), time.GetUtcNow())
        {
            Status = StatusOf(fields) ?? IssueStatus.Pending,
            Severity = SeverityOf(fields),
            RootCauses = fields.Texts("root_causes"),
            Categories = fields.Texts("categories"),
            SourceRunId = NullIfEmpty(fields.Text("source_run_id")),
            CreatedBy = NullIfEmpty(fields.Text("created_by")),
        };
        await AnswerAsync(call, await issues.CreateAsync(issue, call.Aborted));
    }

    private async Task GetAsync(ApiCall call) => await AnswerAsync(call, await issues.GetAsync(IdOf(call), call.Aborted));

    /// <summary>As MLflow's server: what is empty is left as it is.</summary>
    private async Task UpdateAsync(ApiCall call, MlflowFields fields)
    {
        var changes = new IssueChanges(NullIfEmpty(fields.Text("name")), NullIfEmpty(fields.Text("description")), StatusOf(fields), SeverityOf(fields));
        await AnswerAsync(call, await issues.UpdateAsync(IdOf(call), changes, call.Aborted));
    }

    private async Task SearchAsync(ApiCall call, MlflowFields fields)
    {
        IssuePage page = await issues.SearchAsync(
            new IssueQuery
            {
                ExperimentId = NullIfEmpty(fields.Text("experiment_id")),
                Filter = fields.Text("filter_string"),
                CountsTraces = fields.Flag("include_trace_count") ?? false,
                Limit = fields.Integer("max_results", 1, Most) ?? Default,
                Continuation = fields.Text("page_token"),
            },
            call.Aborted);
        await MlflowCall.PageAsync(call, "issues", page.Issues, Write, page.Continuation);
    }

    private static string IdOf(ApiCall call) => call.Path("issue");

    private static IssueStatus? StatusOf(MlflowFields fields) => (IssueStatus?)fields.Choice("status", Statuses);

    private static IssueSeverity? SeverityOf(MlflowFields fields) => (IssueSeverity?)fields.Choice("severity", Severities);

    private static string? NullIfEmpty(string? text) => text is { Length: > 0 } ? text : null;

    private static Dictionary<string, int> Numbered(IReadOnlyList<string> words) => words.Select((word, i) => (word, i)).ToDictionary(w => w.word, w => w.i, StringComparer.Ordinal);

    private static Task AnswerAsync(ApiCall call, Issue issue) => MlflowCall.AnswerAsync(call, issue, static (json, i) =>
    {
        json.WritePropertyName("issue"u8);
        Write(json, i);
    });

    private static void Write(Utf8JsonWriter json, Issue issue)
    {
        json.WriteStartObject();
        json.WriteString("issue_id"u8, issue.Id);
        json.WriteString("experiment_id"u8, issue.ExperimentId);
        json.WriteString("name"u8, issue.Name);
        json.WriteString("description"u8, issue.Description);
        json.WriteString("status"u8, IssueWords.Of(issue.Status));
        TraceJson.Optional(json, "severity"u8, issue.Severity is { } severity ? IssueWords.Of(severity) : null);
        Texts(json, "root_causes"u8, issue.RootCauses);
        TraceJson.Optional(json, "source_run_id"u8, issue.SourceRunId);
        json.WriteNumber("created_timestamp"u8, issue.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_updated_timestamp"u8, issue.UpdatedAt.ToUnixTimeMilliseconds());
        TraceJson.Optional(json, "created_by"u8, issue.CreatedBy);
        Texts(json, "categories"u8, issue.Categories);
        if (issue.TraceCount is { } traces)
            json.WriteNumber("trace_count"u8, traces);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
