using System.Text.Json;

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

    [Theory]
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

    private async Task<JsonElement> QueryAsync(string query, string variables)
    {
        ApiAnswer answer = await mlflow.Api.PostTextAsync("/graphql", $$"""{"query":{{JsonSerializer.Serialize(query)}},"variables":{{variables}} }""");
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json.GetProperty("data");
    }
}
