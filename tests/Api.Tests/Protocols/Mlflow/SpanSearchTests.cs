using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

/// <summary>Traces found by what their spans say, and by the prompts they used.</summary>
[Collection(MlflowTests.Name)]
public sealed class SpanSearchTests(MlflowServer mlflow)
{
    private const string Api3 = "/api/3.0/mlflow/traces";

    [Theory]
    [InlineData("span.name = 'call'", "1,2")]
    [InlineData("span.name = 'call' AND span.status = 'ERROR'", "2")]
    [InlineData("span.name = 'root' AND span.status = 'ERROR'", "")]
    [InlineData("span.status = 'ERROR' AND status = 'OK'", "2")]
    [InlineData("span.type IN ('LLM', 'TOOL')", "1,2")]
    [InlineData("span.type NOT IN ('LLM')", "2")]
    [InlineData("span.attributes.model LIKE 'gpt%'", "1")]
    [InlineData("span.attributes.tokens = '17'", "2")]
    [InlineData("trace.text ILIKE '%WEATHER in%'", "2")]
    [InlineData("span.content LIKE '%stopped%'", "1")]
    [InlineData("span.name RLIKE '^r..t$' OR prompt = 'greet/1'", "1,2,3")]
    [InlineData("prompt = 'greet/1'", "3")]
    [InlineData("prompt = 'greet/3'", "")]
    public async Task Search_BySpans_FindsTracesOfWhichOneSpanHoldsAll(string filter, string expected)
    {
        string experiment = await mlflow.NewExperimentAsync();
        Dictionary<string, string> names = new()
        {
            [await SendAsync(experiment, """ "status":{"code":1},"attributes":[{"key":"mlflow.spanType","value":{"stringValue":"LLM"} },{"key":"model","value":{"stringValue":"gpt-5"} }],"events":[{"name":"stopped","timeUnixNano":"1769861000015000000"}] """)] = "1",
            [await SendAsync(experiment, """ "status":{"code":2},"attributes":[{"key":"mlflow.spanType","value":{"stringValue":"TOOL"} },{"key":"tokens","value":{"intValue":"17"} },{"key":"mlflow.spanInputs","value":{"stringValue":"{\"q\": \"weather in Wien\"}"} }] """)] = "2",
            [await StoreAsync(experiment)] = "3",
        };
        string linked = names.Single(n => n.Value == "3").Key;
        for (int i = 0; i < 2; i++)
            await mlflow.OkAsync("traces/link-prompts", $$"""{"trace_id":"{{linked}}","prompt_versions":[{"name":"greet","version":"1"},{"name":"greet","version":"2"}]}""");

        string search = $$"""{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{experiment}}"} }],"filter":"{{filter}}"}""";
        ApiAnswer answer = await mlflow.Api.PostTextAsync($"{Api3}/search", search);

        Assert.True(answer.Status == 200, answer.Body);
        string[] found = answer.Json.TryGetProperty("traces", out JsonElement traces) ? [.. traces.EnumerateArray().Select(t => names[t.GetProperty("trace_id").GetString()!])] : [];
        Assert.Equal(expected, string.Join(',', found.Order()));
    }

    [Fact]
    public async Task LinkPrompts_Twice_AreKeptOnce()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string trace = await StoreAsync(experiment);

        foreach (string versions in (string[])["""{"name":"a","version":"1"}""", """{"name":"a","version":"1"},{"name":"b","version":"2"}"""])
            await mlflow.OkAsync("traces/link-prompts", $$"""{"trace_id":"{{trace}}","prompt_versions":[{{versions}}]}""");

        Assert.Equal("""[{"name":"a","version":"1"},{"name":"b","version":"2"}]""", await LinkedAsync(trace));
        (await mlflow.PostAsync("traces/link-prompts", """{"trace_id":"tr-none","prompt_versions":[{"name":"a","version":"1"}]}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task LinkPrompts_ThatDoNotFit_AreRefusedAndLoseNothing()
    {
        string trace = await StoreAsync(await mlflow.NewExperimentAsync());
        await mlflow.OkAsync("traces/link-prompts", $$"""{"trace_id":"{{trace}}","prompt_versions":[{"name":"a","version":"1"}]}""");
        string many = string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"name":"{{new string('p', 80)}}{{i}}","version":"1"}"""));

        (await mlflow.PostAsync("traces/link-prompts", $$"""{"trace_id":"{{trace}}","prompt_versions":[{{many}}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

        Assert.Equal("""[{"name":"a","version":"1"}]""", await LinkedAsync(trace));
    }

    [Theory]
    [InlineData("""[{"name":"\ud800","version":"1"}]""")]
    [InlineData("""[{"name":"a","version":"1"},{"na""")]
    [InlineData("mine")]
    public async Task LinkPrompts_BesideATagThatIsNoList_AreRefusedAndSearchesGoOn(string tag)
    {
        string experiment = await mlflow.NewExperimentAsync();
        string trace = await StoreAsync(experiment);
        await mlflow.Api.SendAsync(HttpMethod.Patch, $"{Api3}/{trace}/tags", JsonContent.Create(new { key = "mlflow.linkedPrompts", value = tag }));

        (await mlflow.PostAsync("traces/link-prompts", $$"""{"trace_id":"{{trace}}","prompt_versions":[{"name":"b","version":"1"}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        ApiAnswer found = await mlflow.Api.PostTextAsync($"{Api3}/search", $$"""{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{experiment}}"} }],"filter":"prompt = 'b/1'"}""");

        Assert.Equal(200, found.Status);
        Assert.Equal(tag, await LinkedAsync(trace));
    }

    [Theory]
    [InlineData("run_id", "1,2,3")]
    [InlineData("run_id DESC", "2,1,3")]
    public async Task Search_InTheOrderOfRuns_HasThoseWithoutOneLast(string order, string expected)
    {
        string experiment = await mlflow.NewExperimentAsync();
        Dictionary<string, string> names = new()
        {
            [await StoreAsync(experiment)] = "3",
            [await StoreAsync(experiment, """ "trace_metadata":{"mlflow.sourceRun":"b"}, """)] = "2",
            [await StoreAsync(experiment, """ "trace_metadata":{"mlflow.sourceRun":"a"}, """)] = "1",
        };

        ApiAnswer answer = await mlflow.Api.PostTextAsync($"{Api3}/search", $$"""{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{experiment}}"} }],"order_by":["{{order}}"]}""");

        Assert.Equal(expected, string.Join(',', answer.Json.GetProperty("traces").EnumerateArray().Select(t => names[t.GetProperty("trace_id").GetString()!])));
    }

    [Fact]
    public async Task Search_InTheOrderOfASpan_IsRefused() =>
        (await mlflow.Api.PostTextAsync($"{Api3}/search", """{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"0"} }],"order_by":["span.name"]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

    private async Task<string?> LinkedAsync(string trace) => (await mlflow.Api.GetAsync($"{Api3}/{trace}")).Json
        .GetProperty("trace").GetProperty("trace_info").GetProperty("tags").GetProperty("mlflow.linkedPrompts").GetString();

    private async Task<string> SendAsync(string experiment, string call)
    {
        string id = Guid.NewGuid().ToString("N");
        string spans = $$"""
            {"resourceSpans":[{"scopeSpans":[{"spans":[
            {"traceId":"{{id}}","spanId":"aaaaaaaaaaaaaaaa","name":"root","startTimeUnixNano":"1769861000000000000","endTimeUnixNano":"1769861000250000000","status":{"code":1} },
            {"traceId":"{{id}}","spanId":"bbbbbbbbbbbbbbbb","parentSpanId":"aaaaaaaaaaaaaaaa","name":"call","startTimeUnixNano":"1769861000010000000","endTimeUnixNano":"1769861000020000000",{{call}} }]}]}]}
            """;
        using var content = new StringContent(spans, Encoding.UTF8, "application/json");
        content.Headers.Add("x-mlflow-experiment-id", experiment);
        ApiAnswer answer = await mlflow.Api.SendAsync(HttpMethod.Post, "/v1/traces", content);
        Assert.True(answer.Status == 200, answer.Body);
        return "tr-" + id;
    }

    private async Task<string> StoreAsync(string experiment, string more = "")
    {
        string id = $"tr-{Guid.NewGuid():N}";
        string info = $$"""{"trace":{"trace_info":{"trace_id":"{{id}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{experiment}}"} },"request_time":"2026-01-31T12:00:00Z",{{more}}"state":"OK"} } }""";
        Assert.Equal(200, (await mlflow.Api.PostTextAsync(Api3, info)).Status);
        return id;
    }
}
