using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class SearchCallTests(MlflowServer mlflow)
{
    [Fact]
    public async Task Runs_ByFilterAndOrder_PageByPage()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string[] runs = [.. await Task.WhenAll(Enumerable.Range(0, 5).Select(i => mlflow.NewRunAsync(experiment, $",\"run_name\":\"run {i}\"")))];
        for (int i = 0; i < 5; i++)
            await mlflow.OkAsync("runs/log-metric", $$"""{"run_id":"{{runs[i]}}","key":"val loss","value":{{(i == 3 ? "\"NaN\"" : $"{i}")}},"timestamp":1}""");
        string search = $$"""{"experiment_ids":["{{experiment}}"],"filter":"attributes.run_name LIKE 'run%'","order_by":["metrics.`val loss` DESC"],"max_results":3""";

        JsonElement first = await mlflow.OkAsync("runs/search", search + "}");
        JsonElement second = await mlflow.OkAsync("runs/search", $$"""{{search}},"page_token":"{{first.GetProperty("next_page_token").GetString()}}"}""");

        Assert.Equal([runs[4], runs[2], runs[1], runs[0], runs[3]], Ids(first).Concat(Ids(second)));
        Assert.False(second.TryGetProperty("next_page_token", out _));
        Assert.Equal("{}", (await mlflow.PostAsync("runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.`val loss` > 100"}""")).Body);
    }

    [Fact]
    public async Task Runs_WithColumnsAndACount_HaveTheseAndSayHowManyThereAre()
    {
        string experiment = await mlflow.NewExperimentAsync();
        for (int i = 0; i < 5; i++)
        {
            string run = await mlflow.NewRunAsync(experiment, $",\"run_name\":\"run {i}\"");
            await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"loss","value":{{i}},"timestamp":1},{"key":"val loss","value":1,"timestamp":1}],"params":[{"key":"a","value":"1"}]}""");
        }

        JsonElement page = await mlflow.OkAsync("runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.loss < 4","columns":["metrics.`val loss`"],"count":true,"max_results":3}""");
        JsonElement last = await mlflow.OkAsync("runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.loss < 4","count":true,"page_token":"{{page.GetProperty("next_page_token").GetString()}}"}""");

        Assert.Equal((4, 3, 4, 1), (page.GetProperty("total_count").GetInt32(), Ids(page).Count(), last.GetProperty("total_count").GetInt32(), Ids(last).Count()));
        JsonElement run3 = page.GetProperty("runs")[0];
        Assert.Equal("run 3", run3.GetProperty("info").GetProperty("run_name").GetString());
        Assert.Equal("val loss", Assert.Single(run3.GetProperty("data").GetProperty("metrics").EnumerateArray()).GetProperty("key").GetString());
        Assert.False(run3.GetProperty("data").TryGetProperty("params", out _));
        Assert.False(run3.GetProperty("data").TryGetProperty("tags", out _));
    }

    [Fact]
    public async Task Runs_OfEachView_AreThose()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string kept = await mlflow.NewRunAsync(experiment);
        string gone = await mlflow.NewRunAsync(experiment);
        await mlflow.OkAsync("runs/delete", $$"""{"run_id":"{{gone}}"}""");
        foreach ((string view, string[] expected) in new (string, string[])[] { ("ACTIVE_ONLY", [kept]), ("DELETED_ONLY", [gone]), ("ALL", [gone, kept]) })
            Assert.Equal(expected.Order(), Ids(await mlflow.OkAsync("runs/search", $$"""{"experiment_ids":["{{experiment}}"],"run_view_type":"{{view}}"}""")).Order());
    }

    [Theory]
    [InlineData("""{"filter":"metrics.a LIKE 'x'"}""")]
    [InlineData("""{"filter":"params.a = 1"}""")]
    [InlineData("""{"order_by":["metrics.a SIDEWAYS"]}""")]
    [InlineData("""{"columns":["metrics.a x"]}""")]
    [InlineData("""{"columns":["nothing"]}""")]
    [InlineData("""{"columns":[""]}""")]
    [InlineData("""{"max_results":0}""")]
    [InlineData("""{"max_results":50001}""")]
    [InlineData("""{"page_token":"garbage"}""")]
    [InlineData("""{"run_view_type":"SOME"}""")]
    [InlineData("""{"experiment_ids":[1]}""")]
    public async Task Runs_WhatIsWrong_IsABadRequest(string body) => (await mlflow.PostAsync("runs/search", body)).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Fact]
    public async Task Experiments_ByNameAndTag_PageByPage_OverPostAndGet()
    {
        for (int i = 0; i < 5; i++)
        {
            string id = await mlflow.NewExperimentAsync($"Search me {i}");
            await mlflow.OkAsync("experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"kind","value":"{{i % 2}}"}""");
        }

        JsonElement first = await mlflow.OkAsync("experiments/search?max_results=2&filter=name%20ILIKE%20%27search%20me%25%27&order_by=name%20DESC");
        JsonElement second = await mlflow.OkAsync($"experiments/search?max_results=9&filter=name%20ILIKE%20%27search%20me%25%27&order_by=name%20DESC&page_token={first.GetProperty("next_page_token").GetString()}");
        JsonElement tagged = await mlflow.OkAsync("experiments/search", """{"max_results":10,"filter":"tags.kind = '1' AND name LIKE 'Search me%'"}""");

        Assert.Equal([4, 3, 2, 1, 0], Names(first).Concat(Names(second)));
        Assert.Equal([3, 1], Names(tagged));

        static IEnumerable<int> Names(JsonElement answer) => answer.GetProperty("experiments").EnumerateArray().Select(e => e.GetProperty("name").GetString()![^1] - '0');
    }

    private static IEnumerable<string> Ids(JsonElement answer) =>
        answer.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("info").GetProperty("run_id").GetString()!);
}
