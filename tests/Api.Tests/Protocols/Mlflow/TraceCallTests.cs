using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class TraceCallTests(MlflowServer mlflow)
{
    private const string Api3 = "/api/3.0/mlflow/traces";

    [Fact]
    public async Task Trace_StoredByMlflow3_IsAnsweredWithThePlaceOfItsSpans()
    {
        string experiment = await mlflow.NewExperimentAsync();

        JsonElement stored = await StoreAsync(experiment, "tr-1", "OK", 5);

        Assert.Equal(
            $$$"""{"trace_id":"tr-1","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{experiment}}}"}},"request_preview":"{}","request_time":"2026-01-02T03:04:05.006Z","execution_duration":"1.116s","state":"OK","trace_metadata":{"mlflow.sourceRun":"run1","mlflow.trace.infoFinalized":"true"},"tags":{"mlflow.artifactLocation":"mlflow-artifacts:/{{{experiment}}}/traces/tr-1/artifacts","mlflow.traceName":"answer"}}""",
            stored.GetProperty("trace").GetProperty("trace_info").GetRawText());
        await mlflow.Api.SendAsync(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/traces/tr-1/artifacts/traces.json", new StringContent("""{"spans":[]}"""));
        Assert.Equal("""{"spans":[]}""", (await mlflow.Api.GetAsync("/ajax-api/2.0/mlflow/get-trace-artifact?request_id=tr-1")).Body);
        Assert.Equal(stored.GetRawText(), (await mlflow.Api.GetAsync($"{Api3}/tr-1")).Body);
    }

    [Fact]
    public async Task Trace_StoredAgain_KeepsTagsThatOnlyItHas()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await StoreAsync(experiment, "tr-again", "IN_PROGRESS", 5);
        await SendAsync(HttpMethod.Patch, "/api/2.0/mlflow/traces/tr-again/tags", """{"key":"hello","value":"you"}""");

        JsonElement info = (await StoreAsync(experiment, "tr-again", "ERROR", 5)).GetProperty("trace").GetProperty("trace_info");

        Assert.Equal(("ERROR", "you"), (info.GetProperty("state").GetString(), info.GetProperty("tags").GetProperty("hello").GetString()));
        await SendAsync(HttpMethod.Delete, "/api/2.0/mlflow/traces/tr-again/tags", """{"key":"hello"}""");
        (await RawAsync(HttpMethod.Delete, "/api/2.0/mlflow/traces/tr-again/tags", """{"key":"hello"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task Trace_OfMlflow2_BeginsAndEnds()
    {
        string experiment = await mlflow.NewExperimentAsync();

        JsonElement begun = (await mlflow.OkAsync("traces", $$"""{"experiment_id":"{{experiment}}","timestamp_ms":1000,"request_metadata":[{"key":"a","value":"b"}],"tags":[]}""")).GetProperty("trace_info");
        string id = begun.GetProperty("request_id").GetString()!;
        await SendAsync(HttpMethod.Patch, $"/api/2.0/mlflow/traces/{id}", """{"timestamp_ms":1250,"status":"OK","request_metadata":[{"key":"c","value":"d"}],"tags":[]}""");

        Assert.Equal("IN_PROGRESS", begun.GetProperty("status").GetString());
        JsonElement ended = (await mlflow.OkAsync($"traces/{id}/info")).GetProperty("trace_info");
        Assert.Equal((250, "OK"), (ended.GetProperty("execution_time_ms").GetInt32(), ended.GetProperty("status").GetString()));
        Assert.Equal("""[{"key":"a","value":"b"},{"key":"c","value":"d"}]""", ended.GetProperty("request_metadata").GetRawText());
        Assert.Equal(1, (await mlflow.OkAsync($"traces?experiment_ids={experiment}&filter=status%20%3D%20'OK'")).GetProperty("traces").GetArrayLength());
    }

    [Theory]
    [InlineData("trace.status = 'OK'", "tr-s1,tr-s0")]
    [InlineData("timestamp_ms > 1767323045001 AND name LIKE 'ans%'", "tr-s2")]
    [InlineData("execution_time_ms >= 1116 AND run_id = 'run1' AND tags.`mlflow.traceName` = 'answer'", "tr-s2,tr-s1,tr-s0")]
    [InlineData("metadata.none = 'x'", "")]
    [InlineData("feedback.good IS NULL AND name RLIKE '^ans.er$'", "tr-s2,tr-s1,tr-s0")]
    [InlineData("expectation.good IS NOT NULL", "")]
    public async Task Search_ByFilter_NewestFirst(string filter, string expected)
    {
        string experiment = await mlflow.NewExperimentAsync();
        for (int i = 0; i < 3; i++)
            await StoreAsync(experiment, $"tr-s{i}-{experiment}", i == 2 ? "ERROR" : "OK", i, "00" + i);

        JsonElement found = await OkAsync($"{Api3}/search", Search(experiment, $",\"filter\":\"{filter}\""));

        Assert.Equal(expected, string.Join(',', Ids(found)).Replace("-" + experiment, "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Search_PageByPage_OldestFirst_AndDelete()
    {
        string experiment = await mlflow.NewExperimentAsync();
        for (int i = 0; i < 3; i++)
        {
            await StoreAsync(experiment, $"tr-p{i}", "OK", i, "00" + i);
            await SpansAsync(experiment, $"tr-p{i}");
        }

        JsonElement first = await OkAsync($"{Api3}/search", Search(experiment, ",\"order_by\":[\"timestamp_ms ASC\"],\"max_results\":2"));
        JsonElement second = await OkAsync($"{Api3}/search", Search(experiment, $",\"order_by\":[\"timestamp_ms ASC\"],\"max_results\":2,\"page_token\":\"{first.GetProperty("next_page_token").GetString()}\""));
        JsonElement deleted = await OkAsync($"{Api3}/delete-traces", $$"""{"experiment_id":"{{experiment}}","max_timestamp_millis":4000000000000,"max_traces":2}""");

        Assert.Equal(["tr-p0", "tr-p1", "tr-p2"], Ids(first).Concat(Ids(second)));
        Assert.Equal("""{"traces_deleted":2}""", deleted.GetRawText());
        Assert.Equal(["tr-p2"], Ids(await OkAsync($"{Api3}/search", Search(experiment, ""))));
        (await mlflow.Api.GetAsync($"{Api3}/tr-p0")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Equal((404, 404, 200), (await StatusOfSpansAsync(experiment, "tr-p0"), await StatusOfSpansAsync(experiment, "tr-p1"), await StatusOfSpansAsync(experiment, "tr-p2")));
        Assert.Equal("""{"traces_deleted":1}""", (await OkAsync("/api/2.0/mlflow/traces/delete-traces", $$"""{"experiment_id":"{{experiment}}","request_ids":["tr-p2","none"]}""")).GetRawText());
        (await RawAsync(HttpMethod.Post, $"{Api3}/delete-traces", $$"""{"experiment_id":"{{experiment}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await RawAsync(HttpMethod.Post, $"{Api3}/delete-traces", $$"""{"experiment_id":"{{experiment}}","request_ids":["tr-p2"],"max_traces":1}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Delete_OfATraceThatSaysAnotherPlace_LeavesTheFilesThere()
    {
        string experiment = await mlflow.NewExperimentAsync();
        foreach (string id in new[] { "tr-thief", "tr-victim" })
        {
            await StoreAsync(experiment, id, "OK", 5);
            await SpansAsync(experiment, id);
        }

        await SendAsync(HttpMethod.Patch, "/api/2.0/mlflow/traces/tr-thief/tags", $$"""{"key":"mlflow.artifactLocation","value":"mlflow-artifacts:/{{experiment}}"}""");
        (await RawAsync(HttpMethod.Delete, "/api/2.0/mlflow/traces/tr-thief/tags", """{"key":"mlflow.artifactLocation"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        await OkAsync($"{Api3}/delete-traces", $$"""{"experiment_id":"{{experiment}}","request_ids":["tr-thief"]}""");

        Assert.Equal((404, 200), (await StatusOfSpansAsync(experiment, "tr-thief"), await StatusOfSpansAsync(experiment, "tr-victim")));
    }

    [Fact]
    public async Task Infos_OfManyIds_AnswersThoseThatThereAreOnceAndNotTooMany()
    {
        await StoreAsync(await mlflow.NewExperimentAsync(), "tr-i", "OK", 5);

        JsonElement found = await OkAsync($"{Api3}/batchGetInfos", """{"trace_ids":["tr-i","missing","tr-i"]}""");

        Assert.Equal("tr-i", Assert.Single(found.GetProperty("trace_infos").EnumerateArray()).GetProperty("trace_id").GetString());
        (await RawAsync(HttpMethod.Post, $"{Api3}/batchGetInfos", $$"""{"trace_ids":[{{string.Join(',', Enumerable.Repeat("\"tr-i\"", 501))}}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("delete-traces", "\"experiment_id\":\"0\",\"request_ids\"", 1_000)]
    [InlineData("link-to-run", "\"run_id\":\"RUN\",\"trace_ids\"", 100)]
    [InlineData("batchGetInfos", "\"trace_ids\"", 500)]
    public async Task Ids_OfOneCall_AreTakenToALimit(string call, string fields, int most)
    {
        string run = await mlflow.NewRunAsync();
        string Of(int count) => "{" + fields.Replace("RUN", run, StringComparison.Ordinal) + ":[" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"tr-none{i}\"")) + "]}";

        await OkAsync($"{Api3}/{call}", Of(most));
        (await RawAsync(HttpMethod.Post, $"{Api3}/{call}", Of(most + 1))).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    public async Task Trace_WhoseIdIsNoName_IsRefused(string id) =>
        (await RawAsync(HttpMethod.Post, Api3, Trace(await mlflow.NewExperimentAsync(), id, ""))).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Theory]
    [InlineData("metrics")]
    [InlineData("search")]
    public async Task Trace_AskedInAWayThatIsNotOffered_SaysSoByItsCode(string path) =>
        (await mlflow.Api.GetAsync($"{Api3}/{path}")).MlflowError(404, "ENDPOINT_NOT_FOUND");

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"locations":[]}""")]
    public async Task Search_WithoutALocation_IsRefused(string body) =>
        (await RawAsync(HttpMethod.Post, $"{Api3}/search", body)).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Fact]
    public async Task Search_OfPlacesElsewhere_FindsNothing() =>
        Assert.Equal("{}", (await OkAsync($"{Api3}/search", """{"locations":[{"type":"UC_SCHEMA","uc_schema":{"catalog_name":"c"}}]}""")).GetRawText());

    [Theory]
    [InlineData("{}", """{"value":null}""")]
    [InlineData("""{"value":null,"error":{"error_code":"E"} }""", """{"value":null,"error":{"error_code":"E"}}""")]
    public async Task Feedback_WithoutAValue_HasNull(string feedback, string expected)
    {
        JsonElement stored = await OkAsync(Api3, Trace(await mlflow.NewExperimentAsync(), $"tr-null-{feedback.Length}", $$""","assessments":[{"assessment_name":"good","feedback":{{feedback}} }]"""));

        Assert.Equal(expected, Assessments(stored).Single().GetProperty("feedback").GetRawText());
    }

    [Fact]
    public async Task Trace_StoredTwiceWithAssessmentsWithoutIds_HasEachOnce()
    {
        const string Good = """{"assessment_name":"good","source":{"source_type":"CODE","source_id":"x"},"create_time":"2026-01-02T03:04:05Z","feedback":{"value":true} }""";
        string body = Trace(await mlflow.NewExperimentAsync(), "tr-twice", $$""","assessments":[{{Good}},{{Good}},{"assessment_name":"other","expectation":{"serialized_value":{"serialization_format":"JSON_FORMAT","value":"[1]"} } }]""");
        JsonElement first = await OkAsync(Api3, body);

        JsonElement second = await OkAsync(Api3, body);

        Assert.Equal(3, Assessments(first).Select(a => a.GetProperty("assessment_id").GetString()).Distinct().Count());
        Assert.Equal(Assessments(first).Select(a => a.GetProperty("assessment_id").GetString()), Assessments(second).Select(a => a.GetProperty("assessment_id").GetString()));
        Assert.Equal("""{"serialized_value":{"serialization_format":"JSON_FORMAT","value":"[1]"}}""", Assessments(second)[2].GetProperty("expectation").GetRawText());
    }

    [Theory]
    [InlineData(""" "feedback":7 """)]
    [InlineData(""" "feedback":{"value":1},"expectation":{"value":1}  """)]
    [InlineData(""" "feedback":{"value":1},"source":[1] """)]
    [InlineData(""" "feedback":{"value":1},"source":{"source_type":"CAT"}  """)]
    [InlineData(""" "feedback":{"value":1,"error":"x"}  """)]
    [InlineData(""" "expectation":{"serialized_value":"x"}  """)]
    [InlineData(""" "feedback":{"value":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}  """)]
    public async Task Assessment_OfAShapeThatClientsCannotRead_IsRefused(string value)
    {
        await StoreAsync(await mlflow.NewExperimentAsync(), "tr-shape" + value.GetHashCode(StringComparison.Ordinal), "OK", 5);

        (await RawAsync(HttpMethod.Post, $"{Api3}/tr-shape{value.GetHashCode(StringComparison.Ordinal)}/assessments", $$"""{"assessment":{"assessment_name":"x",{{value}} } }""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task Assessment_Updated_StaysOfItsKindAndKeepsMetadata()
    {
        await StoreAsync(await mlflow.NewExperimentAsync(), "tr-kind", "OK", 5);
        string id = AssessmentId(await OkAsync($"{Api3}/tr-kind/assessments", """{"assessment":{"assessment_name":"x","expectation":{"value":"a","unknown":1},"metadata":{"a":"1"} } }"""));

        (await RawAsync(HttpMethod.Patch, $"{Api3}/tr-kind/assessments/{id}", """{"assessment":{"feedback":{"value":1} },"update_mask":"feedback"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        await SendAsync(HttpMethod.Patch, $"{Api3}/tr-kind/assessments/{id}", """{"assessment":{"expectation":{"value":"b"},"metadata":{"b":"2"} },"update_mask":"expectation,metadata,spanId"}""");
        JsonElement after = Assert.Single(Assessments((await mlflow.Api.GetAsync($"{Api3}/tr-kind")).Json));
        await SendAsync(HttpMethod.Delete, $"{Api3}/tr-kind/assessments/{id}", "");
        await SendAsync(HttpMethod.Delete, $"{Api3}/tr-kind/assessments/{id}", "");

        Assert.Equal("""{"value":"b"}{"a":"1","b":"2"}""", after.GetProperty("expectation").GetRawText() + after.GetProperty("metadata").GetRawText());
        Assert.False(after.TryGetProperty("feedback", out _));
    }

    [Fact]
    public async Task Link_ToARun_PassesOverMissingTracesAndRefusesMissingRuns()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await StoreAsync(experiment, "tr-l", "OK", 5);
        string run = await mlflow.NewRunAsync(experiment);

        await OkAsync($"{Api3}/link-to-run", $$"""{"run_id":"{{run}}","trace_ids":["missing","tr-l"]}""");

        Assert.Equal(["tr-l"], Ids(await OkAsync($"{Api3}/search", Search(experiment, $",\"filter\":\"run_id = '{run}'\""))));
        (await RawAsync(HttpMethod.Post, $"{Api3}/link-to-run", """{"run_id":"nobody","trace_ids":["tr-l"]}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task Assessment_IsOverriddenChangedAndDeleted()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await StoreAsync(experiment, "tr-a", "OK", 5);
        string source = "\"source\":{\"source_type\":\"HUMAN\",\"source_id\":\"me\"}";

        string first = AssessmentId(await OkAsync($"{Api3}/tr-a/assessments", $$"""{"assessment":{"assessment_name":"good",{{source}},"feedback":{"value":true} } }"""));
        string second = AssessmentId(await OkAsync($"{Api3}/tr-a/assessments", $$"""{"assessment":{"assessment_name":"good",{{source}},"feedback":{"value":"no"},"overrides":"{{first}}"} }"""));
        await SendAsync(HttpMethod.Patch, $"{Api3}/tr-a/assessments/{second}", """{"assessment":{"rationale":"why","assessment_name":"better"},"update_mask":"rationale,assessmentName"}""");

        JsonElement[] all = [.. (await mlflow.Api.GetAsync($"{Api3}/tr-a")).Json.GetProperty("trace").GetProperty("trace_info").GetProperty("assessments").EnumerateArray()];
        Assert.Equal([(first, "good", false), (second, "better", true)], all.Select(a => (a.GetProperty("assessment_id").GetString()!, a.GetProperty("assessment_name").GetString()!, a.GetProperty("valid").GetBoolean())));
        int[] found = await Task.WhenAll(new[] { "feedback.good = 'true'", "feedback.better = 'no'", "feedback.good IS NULL", "feedback.better IS NULL" }.Select(f => FoundAsync(experiment, f)));
        Assert.Equal([0, 1, 1, 0], found);
        await SendAsync(HttpMethod.Delete, $"{Api3}/tr-a/assessments/{second}", "");
        (await mlflow.Api.GetAsync($"{Api3}/tr-a/assessments/{second}")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.True((await mlflow.Api.GetAsync($"{Api3}/tr-a/assessments/{first}")).Json.GetProperty("assessment").GetProperty("valid").GetBoolean());
        (await RawAsync(HttpMethod.Post, $"{Api3}/tr-a/assessments", """{"assessment":{"assessment_name":"x"}}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    private async Task<int> FoundAsync(string experiment, string filter) =>
        (await OkAsync($"{Api3}/search", Search(experiment, $",\"filter\":\"{filter}\""))).TryGetProperty("traces", out JsonElement traces) ? traces.GetArrayLength() : 0;

    private async Task<JsonElement> StoreAsync(string experiment, string id, string state, int second, string milliseconds = "006") => await OkAsync(Api3,
        $$"""{"trace":{"trace_info":{"trace_id":"{{id}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{experiment}}"} },"request_preview":"{}","request_time":"2026-01-02T03:04:{{(milliseconds == "006" ? $"{second:00}" : "05")}}.{{milliseconds}}Z","execution_duration":"1.116s","state":"{{state}}","trace_metadata":{"mlflow.sourceRun":"run1","mlflow.trace.infoFinalized":"true"},"tags":{"mlflow.traceName":"answer"} } } }""");

    private static string Trace(string experiment, string id, string more) =>
        $$"""{"trace":{"trace_info":{"trace_id":"{{id}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{experiment}}"} },"request_time":"2026-01-02T03:04:05Z","state":"OK"{{more}} } } }""";

    private static JsonElement[] Assessments(JsonElement answer) => [.. answer.GetProperty("trace").GetProperty("trace_info").GetProperty("assessments").EnumerateArray()];

    private Task SpansAsync(string experiment, string id) =>
        mlflow.Api.SendAsync(HttpMethod.Put, Spans(experiment, id), new StringContent("""{"spans":[]}"""));

    private async Task<int> StatusOfSpansAsync(string experiment, string id) => (await mlflow.Api.GetAsync(Spans(experiment, id))).Status;

    private static string Spans(string experiment, string id) => $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/traces/{id}/artifacts/traces.json";

    private static string Search(string experiment, string more) =>
        $$"""{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{experiment}}"} }]{{more}}}""";

    private static string[] Ids(JsonElement found) =>
        found.TryGetProperty("traces", out JsonElement traces) ? [.. traces.EnumerateArray().Select(t => t.GetProperty("trace_id").GetString()!)] : [];

    private static string AssessmentId(JsonElement answer) => answer.GetProperty("assessment").GetProperty("assessment_id").GetString()!;

    private async Task<JsonElement> OkAsync(string path, string body)
    {
        ApiAnswer answer = await RawAsync(HttpMethod.Post, path, body);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task SendAsync(HttpMethod method, string path, string body)
    {
        ApiAnswer answer = await RawAsync(method, path, body);
        Assert.True(answer.Status == 200, answer.Body);
    }

    private Task<ApiAnswer> RawAsync(HttpMethod method, string path, string body) =>
        mlflow.Api.SendAsync(method, path, body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json"));
}
