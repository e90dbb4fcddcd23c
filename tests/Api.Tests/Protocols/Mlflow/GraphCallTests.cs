using System.Text.Json;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class GraphCallTests(MlflowServer mlflow)
{
    private const string RunQuery = """
        query GetRun($data: MlflowGetRunInput!, $more: Boolean = true) @component(name: "MLflow.ExperimentRunTracking") {
          mlflowGetRun(input: $data) {
            apiError { helpUrl code message __typename }
            run {
              info { ...Info runUuid artifactUri @skip(if: $more) }
              experiment { experimentId name tags { key } }
              latest: data { metrics { key value step timestamp } params { key value } }
              inputs { datasetInputs { dataset { name } } }
              modelVersions { name }
            }
          }
        }
        # what is asked of every run
        fragment Info on MlflowRunInfo { runId, status lifecycleStage startTime }
        """;

    [Fact]
    public async Task Run_AsTheUiAsks_IsAnsweredFieldByField()
    {
        string experiment = await mlflow.NewExperimentAsync("graph");
        string run = await mlflow.NewRunAsync(experiment, ",\"start_time\":1700000000000");
        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":0.5,"timestamp":7,"step":9},{"key":"n","value":"NaN","timestamp":7}],"params":[{"key":"p","value":"1"}]}""");

        JsonElement answer = await QueryAsync(RunQuery, $$"""{"data":{"runId":"{{run}}"} }""");

        Assert.Equal(
            $$$"""{"mlflowGetRun":{"apiError":null,"run":{"info":{"runId":"{{{run}}}","status":"RUNNING","lifecycleStage":"active","startTime":"1700000000000","runUuid":"{{{run}}}"},"experiment":{"experimentId":"{{{experiment}}}","name":"graph","tags":[]},"latest":{"metrics":[{"key":"m","value":0.5,"step":"9","timestamp":"7"},{"key":"n","value":null,"step":"0","timestamp":"7"}],"params":[{"key":"p","value":"1"}]},"inputs":{"datasetInputs":[]},"modelVersions":[]}}""" + "}",
            answer.GetRawText());
    }

    [Fact]
    public async Task SeveralFields_AreAnsweredUnderTheirAliases_AndEachSaysItsOwnError()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);
        for (int i = 0; i < 3; i++)
            await mlflow.OkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":{{i}},"timestamp":1,"step":{{i}}}""");

        JsonElement answer = await QueryAsync(
            """
            query ($id: String!, $run: String) {
              a: mlflowGetExperiment(input: {experimentId: $id}) { experiment { lifecycleStage } apiError { code } }
              b: mlflowGetExperiment(input: {experimentId: "999999"}) { experiment { name } apiError { code } }
              mlflowSearchRuns(input: {experimentIds: [$id], filter: "attributes.status = \"RUNNING\"", maxResults: 5, runViewType: ACTIVE_ONLY}) { runs { info { runId } experiment { experimentId } } nextPageToken }
              mlflowGetMetricHistoryBulkInterval(input: {runIds: [$run], metricKey: "m", maxResults: 2500}) { metrics { runId step value } }
            }
            """, $$"""{"id":"{{experiment}}","run":"{{run}}"}""");

        Assert.Equal("""{"experiment":{"lifecycleStage":"active"},"apiError":null}""", answer.GetProperty("a").GetRawText());
        Assert.Equal("""{"experiment":null,"apiError":{"code":"RESOURCE_DOES_NOT_EXIST"}}""", answer.GetProperty("b").GetRawText());
        Assert.Equal(run, answer.GetProperty("mlflowSearchRuns").GetProperty("runs")[0].GetProperty("info").GetProperty("runId").GetString());
        Assert.Equal(["0", "1", "2"], answer.GetProperty("mlflowGetMetricHistoryBulkInterval").GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("step").GetString()!));
    }

    [Fact]
    public async Task Searches_AsMutations_AreAnswered_WithTheNamesOfTheirTypes()
    {
        string experiment = await mlflow.NewExperimentAsync(), run = await mlflow.NewRunAsync(experiment);
        await mlflow.OkAsync("runs/log-inputs", $$$"""{"run_id":"{{{run}}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"training"}],"dataset":{"name":"toy","digest":"abc","source_type":"local","source":"x"}}]}""");

        JsonElement answer = await QueryAsync(
            """
            mutation ($id: String!) {
              mlflowSearchRuns(input: {experimentIds: [$id]}) { __typename runs { __typename info { __typename runId } data { tags { __typename } } } }
              mlflowSearchDatasets(input: {experimentIds: [$id]}) { datasetSummaries { __typename name digest experimentId context } apiError { code } }
            }
            """, $$"""{"id":"{{experiment}}"} """);

        Assert.Equal(
            $$$"""{"__typename":"MlflowSearchRunsResponse","runs":[{"__typename":"MlflowRunExtension","info":{"__typename":"MlflowRunInfo","runId":"{{{run}}}"},"data":{"tags":[{"__typename":"MlflowRunTag"}]}}]}""",
            answer.GetProperty("mlflowSearchRuns").GetRawText());
        Assert.Equal(
            $$$"""{"datasetSummaries":[{"__typename":"MlflowDatasetSummary","name":"toy","digest":"abc","experimentId":"{{{experiment}}}","context":"training"}],"apiError":null}""",
            answer.GetProperty("mlflowSearchDatasets").GetRawText());
    }

    [Fact]
    public async Task RunsOfASearch_HaveWhatIsAskedOfThem_InEachFieldThatAsks()
    {
        string experiment = await mlflow.NewExperimentAsync(), run = await mlflow.NewRunAsync(experiment);
        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":0.5,"timestamp":7}],"params":[{"key":"p","value":"1"}],"tags":[{"key":"t","value":"x"}]}""");
        await mlflow.OkAsync("runs/log-inputs", $$$"""{"run_id":"{{{run}}}","datasets":[{"dataset":{"name":"toy","digest":"abc","source_type":"local","source":"x"}}],"models":[{"model_id":"m-1"}]}""");

        JsonElement answer = await QueryAsync(
            """
            query ($id: String!) {
              mlflowSearchRuns(input: {experimentIds: [$id]}) { runs { data { params { key value } } } more: runs { data { ...Measured } inputs { datasetInputs { dataset { digest } } } } }
              bare: mlflowSearchRuns(input: {experimentIds: [$id]}) { runs { info { status } } }
              used: mlflowSearchRuns(input: {experimentIds: [$id]}) { runs { inputs { modelInputs { modelId } } outputs { modelOutputs { modelId } } } }
            }
            fragment Measured on MlflowRunData { metrics { value } }
            """, $$"""{"id":"{{experiment}}"} """);

        Assert.Equal(
            """{"runs":[{"data":{"params":[{"key":"p","value":"1"}]}}],"more":[{"data":{"metrics":[{"value":0.5}]},"inputs":{"datasetInputs":[{"dataset":{"digest":"abc"}}]}}]}""",
            answer.GetProperty("mlflowSearchRuns").GetRawText());
        Assert.Equal("""{"runs":[{"info":{"status":"RUNNING"}}]}""", answer.GetProperty("bare").GetRawText());
        Assert.Equal("""{"runs":[{"inputs":{"modelInputs":[{"modelId":"m-1"}]},"outputs":{"modelOutputs":[]}}]}""", answer.GetProperty("used").GetRawText());
    }

    /// <summary>All fields of a query are in memory until it is answered.</summary>
    [Fact]
    public async Task FieldsOfAQuery_TakeTogetherWhatOneMayTake()
    {
        string experiment = await mlflow.NewExperimentAsync();
        var input = new DatasetInput("wide", "d", "local", "{}", Profile: new string('p', 6 << 20));
        for (int i = 0; i < 4; i++)
            await mlflow.Api.Platform.Experiments.LogAsync(await mlflow.NewRunAsync(experiment), new RunChanges { Inputs = [input] }, default);
        const string runs = "mlflowSearchRuns(input: {experimentIds: [$id]}) { runs { inputs { datasetInputs { dataset { profile } } } } nextPageToken apiError { code } }";

        JsonElement answer = await QueryAsync($"query ($id: String!) {{ a: {runs} b: {runs} c: {runs} d: mlflowGetExperiment(input: {{experimentId: $id}}) {{ apiError {{ code }} }} }}", $$"""{"id":"{{experiment}}"} """);

        Assert.Equal([2, 1, 0], new[] { "a", "b", "c" }.Select(field => answer.GetProperty(field).GetProperty("runs").GetArrayLength()));
        Assert.Equal([true, true, false], new[] { "a", "b", "c" }.Select(field => answer.GetProperty(field).GetProperty("nextPageToken").ValueKind == JsonValueKind.String));
        Assert.All(new[] { "c", "d" }, field => Assert.Equal("INVALID_PARAMETER_VALUE", answer.GetProperty(field).GetProperty("apiError").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task VersionsAndArtifactsOfARun_AreAnswered()
    {
        string run = await mlflow.NewRunAsync(), name = "graph of " + run;
        await mlflow.Api.SendAsync(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=notes/a.txt", new StringContent("abc"));
        await mlflow.OkAsync("registered-models/create", $$"""{"name":"{{name}}"} """);
        await mlflow.OkAsync("model-versions/create", $$"""{"name":"{{name}}","source":"runs:/{{run}}/model","run_id":"{{run}}"} """);

        JsonElement answer = await QueryAsync(
            """
            query ($run: String!, $filter: String!) {
              mlflowGetRun(input: {runId: $run}) { run { modelVersions { __typename name version } } }
              mlflowSearchModelVersions(input: {filter: $filter}) { modelVersions { version status runId } nextPageToken }
              mlflowListArtifacts(input: {runId: $run, path: "notes"}) { files { path isDir fileSize } apiError { code } }
              none: mlflowListArtifacts(input: {runId: "nope"}) { files { path } apiError { code } }
            }
            """, $$"""{"run":"{{run}}","filter":"run_id IN ('{{run}}')"} """);

        Assert.Equal($$"""[{"__typename":"MlflowModelVersion","name":"{{name}}","version":"1"}]""", answer.GetProperty("mlflowGetRun").GetProperty("run").GetProperty("modelVersions").GetRawText());
        Assert.Equal($$$"""{"modelVersions":[{"version":"1","status":"READY","runId":"{{{run}}}"}],"nextPageToken":null}""", answer.GetProperty("mlflowSearchModelVersions").GetRawText());
        Assert.Equal("""{"files":[{"path":"notes/a.txt","isDir":false,"fileSize":"3"}],"apiError":null}""", answer.GetProperty("mlflowListArtifacts").GetRawText());
        Assert.Equal("""{"files":[],"apiError":{"code":"RESOURCE_DOES_NOT_EXIST"}}""", answer.GetProperty("none").GetRawText());
    }

    [Theory]
    [InlineData("subscription { mlflowGetRun(input: {runId: \"x\"}) { run { info { runId } } } }")]
    [InlineData("")]
    [InlineData("{ mlflowGetRun(input: {runId: \"x\"}) { run { info { runId } } }")]
    [InlineData("{ nothing { a } }")]
    [InlineData("mutation { a }")]
    [InlineData("{ mlflowGetRun { ...None } }")]
    [InlineData("query A { a } query")]
    [InlineData("{ a { ...A } } fragment A on T { a { ...A } }")]
    [InlineData("{ a(x: \"\\u12\") }")]
    [InlineData("{ a(x: {y: ) }")]
    public async Task WhatIsNoQuery_IsRefused(string query) =>
        (await mlflow.Api.PostTextAsync("/graphql", JsonSerializer.Serialize(new { query }))).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Theory]
    [InlineData("[", 100_000)]
    [InlineData("{x: ", 100_000)]
    [InlineData("[$v ", 15)]
    public async Task ArgumentsWithoutEnd_AreRefused(string open, int times)
    {
        string query = "{ a(x: " + string.Concat(Enumerable.Repeat(open, times)) + string.Concat(Enumerable.Repeat("$v ", 100)) + string.Concat(Enumerable.Repeat("]", times)) + ") { b } }";

        (await mlflow.Api.PostTextAsync("/graphql", JsonSerializer.Serialize(new { query }))).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    /// <summary>What is still answered, and one more.</summary>
    [Theory]
    [InlineData("{ mlflowGetExperiment(input: {experimentId: \"0\"}) ", "{ x ", "", " } ", " }", 9)]
    [InlineData("{ mlflowGetExperiment(input: {experimentId: \"0\"}) { ", "x ", "", "", "} }", 999)]
    [InlineData("{ ", "__typename ", "", "", "}", 10)]
    [InlineData("{ mlflowGetExperiment(input: {experimentId: \"0\" y: ", "[", "", "]", "}) { x } }", 19)]
    [InlineData("{ mlflowGetExperiment(input: {experimentId: \"0\" y: ", "{y: ", "1", "}", "}) { x } }", 18)]
    [InlineData("{ mlflowGetExperiment(input: {experimentId: \"0\" y: [", "1 ", "", "", "]}) { x } }", 9_997)]
    [InlineData("{ mlflowGetExperiment(input: {experimentId: \"0\" y: [", "$v ", "", "", "]}) { x } }", 100)]
    public async Task Query_AtItsLimits_IsAnswered_AndOneMoreIsRefused(string before, string open, string middle, string close, string after, int most)
    {
        string Of(int times) => before + string.Concat(Enumerable.Repeat(open, times)) + middle + string.Concat(Enumerable.Repeat(close, times)) + after;

        Assert.Equal(200, (await mlflow.Api.PostTextAsync("/graphql", JsonSerializer.Serialize(new { query = Of(most) }))).Status);
        (await mlflow.Api.PostTextAsync("/graphql", JsonSerializer.Serialize(new { query = Of(most + 1) }))).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    private async Task<JsonElement> QueryAsync(string query, string variables)
    {
        ApiAnswer answer = await mlflow.Api.PostTextAsync("/graphql", $$"""{"query":{{JsonSerializer.Serialize(query)}},"variables":{{variables}} }""");
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json.GetProperty("data");
    }
}
