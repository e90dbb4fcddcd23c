using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class IssueCallTests(MlflowServer mlflow)
{
    [Theory]
    [InlineData("/api/3.0/mlflow/")]
    [InlineData("/ajax-api/3.0/mlflow/")]
    public async Task Issue_IsToldChangedAndFound_AsClientsDo(string api)
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);

        JsonElement made = (await OkAsync(api + "issues", $$"""{"experiment_id":"{{experiment}}","name":"slow","description":"long","severity":"high","root_causes":["a","b"],"source_run_id":"{{run}}","categories":["c"],"created_by":"me"}""")).GetProperty("issue");
        string id = made.GetProperty("issue_id").GetString()!;
        long at = made.GetProperty("created_timestamp").GetInt64();
        Assert.Matches("^iss-[0-9a-f]{32}$", id);
        Assert.Equal(
            $$"""{"issue_id":"{{id}}","experiment_id":"{{experiment}}","name":"slow","description":"long","status":"pending","severity":"high","root_causes":["a","b"],"source_run_id":"{{run}}","created_timestamp":{{at}},"last_updated_timestamp":{{at}},"created_by":"me","categories":["c"]}""",
            made.GetRawText());
        JsonElement changed = (await OkAsync(api + "issues/" + id, $$"""{"issue_id":"{{id}}","status":"resolved","name":"","severity":"low"}""", HttpMethod.Patch)).GetProperty("issue");
        Assert.Equal(("slow", "resolved", "low"), (Text(changed, "name"), Text(changed, "status"), Text(changed, "severity")));
        Assert.Equal(changed.GetRawText(), (await OkAsync(api + "issues/" + id)).GetProperty("issue").GetRawText());
        JsonElement found = await OkAsync(api + "issues/search", $$"""{"experiment_id":"{{experiment}}","filter_string":"source_run_id = '{{run}}' AND status = 'resolved'","include_trace_count":true}""");
        Assert.Equal([0], found.GetProperty("issues").EnumerateArray().Select(i => i.GetProperty("trace_count").GetInt32()));
        Assert.Equal("{}", (await OkAsync(api + "issues/search", $$"""{"experiment_id":"{{experiment}}","filter_string":"status = 'pending'"}""")).GetRawText());
    }

    [Fact]
    public async Task Trace_PointsToAnIssue_ByAnAssessment()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string issue = Text((await OkAsync("/api/3.0/mlflow/issues", $$"""{"experiment_id":"{{experiment}}","name":"slow","description":"long"}""")).GetProperty("issue"), "issue_id");
        string trace = $"tr-{Guid.NewGuid():N}";
        await OkAsync("/api/3.0/mlflow/traces", $$$$"""{"trace":{"trace_info":{"trace_id":"{{{{trace}}}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{{experiment}}}}"}},"request_time":"2026-01-31T12:00:00Z","state":"OK"}}}""");

        JsonElement made = (await OkAsync($"/api/3.0/mlflow/traces/{trace}/assessments", $$$"""{"assessment":{"assessment_name":"{{{issue}}}","source":{"source_type":"HUMAN","source_id":"me"},"issue":{"issue_name":"slow"},"rationale":"see"}}""")).GetProperty("assessment");

        Assert.Equal("""{"issue_name":"slow"}""", made.GetProperty("issue").GetRawText());
        Assert.False(made.TryGetProperty("feedback", out _) || made.TryGetProperty("expectation", out _));
        JsonElement read = (await OkAsync($"/api/3.0/mlflow/traces/{trace}")).GetProperty("trace").GetProperty("trace_info").GetProperty("assessments")[0];
        Assert.Equal(made.GetRawText(), read.GetRawText());
        JsonElement found = await OkAsync("/api/3.0/mlflow/issues/search", $$"""{"experiment_id":"{{experiment}}","include_trace_count":true}""");
        Assert.Equal(1, found.GetProperty("issues")[0].GetProperty("trace_count").GetInt32());
        ApiAnswer both = await mlflow.Api.PostTextAsync($"/api/3.0/mlflow/traces/{trace}/assessments", """{"assessment":{"assessment_name":"x","issue":{"issue_name":"slow"},"feedback":{"value":1}}}""");
        both.MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("""{"experiment_id":"0","name":"x"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("""{"experiment_id":"0","name":"x","description":"y","status":"nope"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("""{"experiment_id":"0","name":"x","description":"y","severity":"nope"}""", 400, "INVALID_PARAMETER_VALUE")]
    [InlineData("""{"experiment_id":"987654321","name":"x","description":"y"}""", 404, "RESOURCE_DOES_NOT_EXIST")]
    [InlineData("""{"experiment_id":"0","name":"x","description":"y","source_run_id":"nope"}""", 404, "RESOURCE_DOES_NOT_EXIST")]
    public async Task Issue_ThatCannotBe_IsRefused(string body, int status, string code) =>
        (await mlflow.Api.PostTextAsync("/api/3.0/mlflow/issues", body)).MlflowError(status, code);

    private async Task<JsonElement> OkAsync(string path, string? body = null, HttpMethod? method = null)
    {
        ApiAnswer answer = body is null ? await mlflow.Api.GetAsync(path) : await mlflow.Api.SendAsync(method ?? HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
