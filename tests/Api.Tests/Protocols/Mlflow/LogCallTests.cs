using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class LogCallTests(MlflowServer mlflow)
{
    [Fact]
    public async Task LogMetric_NotFinite_IsAnsweredAsMlflowStoresIt()
    {
        string run = await mlflow.NewRunAsync();
        foreach ((string key, string value) in new[] { ("a", "\"NaN\""), ("b", "\"Infinity\""), ("c", "-Infinity"), ("d", "0.1"), ("e", "7") })
            await mlflow.OkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"{{key}}","value":{{value}},"timestamp":"1700000000000"}""");

        JsonElement metrics = (await mlflow.RunAsync(run)).GetProperty("data").GetProperty("metrics");

        Assert.Equal(["\"NaN\"", "1.7976931348623157E+308", "-1.7976931348623157E+308", "0.1", "7"], metrics.EnumerateArray().Select(m => m.GetProperty("value").GetRawText()));
        Assert.Equal("""{"key":"e","value":7,"timestamp":1700000000000,"step":0}""", metrics[4].GetRawText());
    }

    [Fact]
    public async Task LogBatch_OfAll_IsAllOrNothing()
    {
        string run = await mlflow.NewRunAsync();
        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":1,"timestamp":5,"step":1}],"params":[{"key":"p","value":"1"}],"tags":[{"key":"t","value":"x"}]}""");

        (await mlflow.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":2,"timestamp":6,"step":2}],"params":[{"key":"p","value":"2"}]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

        JsonElement data = (await mlflow.RunAsync(run)).GetProperty("data");
        Assert.Equal("""[{"key":"m","value":1,"timestamp":5,"step":1}]""", data.GetProperty("metrics").GetRawText());
        Assert.Equal("""[{"key":"p","value":"1"}]""", data.GetProperty("params").GetRawText());
    }

    /// <summary>A field that nobody knows is ignored; a body with it is read otherwise than one without.</summary>
    [Theory]
    [InlineData("0.1", "1700000000000", "7")]
    [InlineData("-0.0", "0", "-9223372036854775808")]
    [InlineData("1e308", "253402300799999", "9223372036854775807")]
    [InlineData("123456789012345678901234567890", "1", "0")]
    [InlineData("1e400", "1", "1")]
    [InlineData("5E-324", "1", "1")]
    public async Task Metrics_WithAnUnknownField_AreThoseWithoutIt(string value, string time, string step)
    {
        (string Path, string Before, string After)[] calls = [("runs/log-metric", "", ""), ("runs/log-batch", "\"metrics\":[{", "}],\"params\":[],\"tags\":[]")];
        foreach ((string path, string before, string after) in calls)
        {
            var answers = new List<string>();
            foreach (string more in new[] { "", ",\"more\":{}" })
            {
                string run = await mlflow.NewRunAsync();
                ApiAnswer answer = await mlflow.PostAsync(path, $$"""{"run_id":"{{run}}",{{before}}"key":"m/ä b","value":{{value}},"timestamp":{{time}},"step":{{step}}{{more}}{{after}}}""");
                answers.Add($"{answer.Status} {(await mlflow.RunAsync(run)).GetProperty("data").GetProperty("metrics").GetRawText()}");
            }

            Assert.Equal(answers[1], answers[0]);
            Assert.StartsWith("200", answers[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task History_OfBothZerosInPages_IsOnePoint()
    {
        string run = await mlflow.NewRunAsync();
        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":0.0,"timestamp":5,"step":0},{"key":"m","value":-0.0,"timestamp":5,"step":0}]}""");

        JsonElement page = await mlflow.OkAsync($"metrics/get-history?run_id={run}&metric_key=m&max_results=1");

        Assert.Equal("""{"metrics":[{"key":"m","value":0,"timestamp":5,"step":0}]}""", page.GetRawText());
    }

    [Fact]
    public async Task Sampled_OfARange_EndsWithItsLastStep()
    {
        string run = await mlflow.NewRunAsync();
        string points = string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"key":"m","value":1,"timestamp":5,"step":{{i}}}"""));
        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{points}}]}""");

        JsonElement sampled = await mlflow.OkAsync($"metrics/get-history-bulk-interval?run_ids={run}&metric_key=m&start_step=0&end_step=50&max_results=10");

        Assert.Equal(50, sampled.GetProperty("metrics").EnumerateArray().Last().GetProperty("step").GetInt32());
    }

    [Theory]
    [InlineData("""{"metrics":[{"key":"m","timestamp":1}]}""", "'metrics[0].value'")]
    [InlineData("""{"metrics":[{"key":"m","value":"x","timestamp":1}]}""", "'metrics[0].value'")]
    [InlineData("""{"metrics":[{"key":"m","value":1}]}""", "'metrics[0].timestamp'")]
    [InlineData("""{"metrics":[{"key":"m","value":1,"timestamp":-1}]}""", "milliseconds")]
    [InlineData("""{"metrics":[{"key":"m","value":1,"timestamp":9223372036854775807}]}""", "milliseconds")]
    [InlineData("""{"metrics":[{"key":"m","value":1,"timestamp":1,"step":"x"}]}""", "'metrics[0].step'")]
    [InlineData("""{"metrics":[{"key":"a/../b","value":1,"timestamp":1}]}""", "a/../b")]
    [InlineData("""{"params":[{"key":"p","value":"1"},{"key":"p","value":"1"}]}""", "a second time")]
    [InlineData("""{"params":"p"}""", "expected a list")]
    [InlineData("""{"tags":["p"]}""", "expected an object")]
    public async Task LogBatch_WhatIsWrong_IsSaid(string body, string says)
    {
        string run = await mlflow.NewRunAsync();

        Assert.Contains(says, (await mlflow.PostAsync("runs/log-batch", body.Replace("{\"", $"{{\"run_id\":\"{run}\",\"", StringComparison.Ordinal))).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("metrics", 1_000, true)]
    [InlineData("metrics", 1_001, false)]
    [InlineData("params", 100, true)]
    [InlineData("params", 101, false)]
    [InlineData("tags", 101, false)]
    public async Task LogBatch_AtItsLimits(string list, int count, bool ok)
    {
        string run = await mlflow.NewRunAsync();
        string items = string.Join(',', Enumerable.Range(0, count).Select(i => list == "metrics" ? $$"""{"key":"k{{i}}","value":{{i}},"timestamp":1}""" : $$"""{"key":"k{{i}}","value":"{{i}}"}"""));

        ApiAnswer answer = await mlflow.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","{{list}}":[{{items}}]}""");

        if (ok)
            Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        else
            answer.MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData(800, true)]
    [InlineData(801, false)]
    public async Task LogBatch_OfSeveralLists_IsLimitedInAll(int metrics, bool ok)
    {
        string run = await mlflow.NewRunAsync();
        string points = string.Join(',', Enumerable.Range(0, metrics).Select(i => $$"""{"key":"k{{i}}","value":{{i}},"timestamp":1}"""));
        string texts = string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"key":"k{{i}}","value":"{{i}}"}"""));

        ApiAnswer answer = await mlflow.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{points}}],"params":[{{texts}}],"tags":[{{texts}}]}""");

        if (ok)
            Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        else
            answer.MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task LogInputs_OneModelNamedForEachOfManyMetrics_IsOne()
    {
        string run = await mlflow.NewRunAsync();
        string model = (await mlflow.OkAsync("logged-models", $$"""{"experiment_id":"{{(await mlflow.RunAsync(run)).GetProperty("info").GetProperty("experiment_id").GetString()}}","name":"m","source_run_id":"{{run}}"}""")).GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;

        await mlflow.OkAsync("runs/log-inputs", $$"""{"run_id":"{{run}}","models":[{{string.Join(',', Enumerable.Repeat($$"""{"model_id":"{{model}}"}""", 1_500))}}]}""");

        Assert.Single((await mlflow.RunAsync(run)).GetProperty("inputs").GetProperty("model_inputs").EnumerateArray());
    }

    [Fact]
    public async Task LogBatch_LargerThanAMegabyte_IsRefused()
    {
        string run = await mlflow.NewRunAsync();

        (await mlflow.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","x":"{{new string('x', 1_000_000)}}"}""")).MlflowError(413, "INVALID_PARAMETER_VALUE");
    }

    /// <summary>Python's clients escape every letter that is not ASCII.</summary>
    [Theory]
    [InlineData(0, 200)]
    [InlineData(100_000, 413)]
    public async Task LogBatch_OfEscapedLetters_CountsEachOnce(int more, int status)
    {
        string run = await mlflow.NewRunAsync(), value = string.Concat(Enumerable.Repeat("\\u00e9", 9_900));
        string body = $$"""{"run_id":"{{run}}","x":"{{new string('x', more)}}","params":[{{string.Join(',', Enumerable.Range(0, 99).Select(i => $$"""{"key":"p{{i}}","value":"{{value}}"}"""))}}]}""";
        Assert.InRange(body.Length, 5_000_000, 6_000_000);

        Assert.Equal(status, (await mlflow.PostAsync("runs/log-batch", body)).Status);

        Assert.Equal(status == 200, (await mlflow.RunAsync(run)).GetProperty("data").TryGetProperty("params", out JsonElement stored));
        if (status == 200)
            Assert.Equal(new string('é', 6_000), stored[98].GetProperty("value").GetString());
    }

    [Fact]
    public async Task LongValues_AreCutAsMlflowCutsThem()
    {
        string run = await mlflow.NewRunAsync();

        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","params":[{"key":"p","value":"{{new string('x', 6_001)}}"}],"tags":[{"key":"t","value":"{{new string('x', 8_001)}}"}]}""");

        JsonElement data = (await mlflow.RunAsync(run)).GetProperty("data");
        Assert.Equal(6_000, data.GetProperty("params")[0].GetProperty("value").GetString()!.Length);
        Assert.Equal(8_000, data.GetProperty("tags").EnumerateArray().Single(t => t.GetProperty("key").GetString() == "t").GetProperty("value").GetString()!.Length);
    }

    [Fact]
    public async Task LongValues_OfEmoji_AreCutByTheCharacter()
    {
        string run = await mlflow.NewRunAsync();
        string whole = "a" + string.Concat(Enumerable.Repeat("🎉", 5_999));

        await mlflow.OkAsync("runs/log-parameter", $$"""{"run_id":"{{run}}","key":"p","value":"{{whole}}🎉🎉"}""");

        Assert.Equal(whole, (await mlflow.RunAsync(run)).GetProperty("data").GetProperty("params")[0].GetProperty("value").GetString());
    }

    [Fact]
    public async Task LogParameter_OtherValue_IsRefused()
    {
        string run = await mlflow.NewRunAsync();
        await mlflow.OkAsync("runs/log-parameter", $$"""{"run_id":"{{run}}","key":"depth","value":"6"}""");
        await mlflow.OkAsync("runs/log-parameter", $$"""{"run_id":"{{run}}","key":"depth","value":"6"}""");

        Assert.Contains("'6'", (await mlflow.PostAsync("runs/log-parameter", $$"""{"run_id":"{{run}}","key":"depth","value":"7"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteTag_ThatIsNotThere_IsNotFound()
    {
        string run = await mlflow.NewRunAsync();
        await mlflow.OkAsync("runs/set-tag", $$"""{"run_id":"{{run}}","key":"a","value":"b"}""");
        await mlflow.OkAsync("runs/delete-tag", $$"""{"run_id":"{{run}}","key":"a"}""");

        (await mlflow.PostAsync("runs/delete-tag", $$"""{"run_id":"{{run}}","key":"a"}""")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task LogInputs_SameDatasetTwice_IsOneInput()
    {
        string run = await mlflow.NewRunAsync();
        string inputs = $$"""{"run_id":"{{run}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"training"}],"dataset":{"name":"telco","digest":"abc","source_type":"local","source":"{}","schema":"{\"a\":1}"} }],"models":[{"model_id":"m-1"}]}""";

        await mlflow.OkAsync("runs/log-inputs", inputs);
        await mlflow.OkAsync("runs/log-inputs", inputs);
        await mlflow.OkAsync("runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"m-2","step":3}]}""");

        JsonElement json = await mlflow.RunAsync(run);
        Assert.Equal("""{"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"training"}],"dataset":{"name":"telco","digest":"abc","source_type":"local","source":"{}","schema":"{\"a\":1}"}}],"model_inputs":[{"model_id":"m-1"}]}""", json.GetProperty("inputs").GetRawText());
        Assert.Equal("""{"model_outputs":[{"model_id":"m-2","step":3}]}""", json.GetProperty("outputs").GetRawText());
    }

    [Fact]
    public async Task LogInputs_DigestTooLong_IsRefused()
    {
        string run = await mlflow.NewRunAsync();

        (await mlflow.PostAsync("runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"dataset":{"name":"telco","digest":"{{new string('x', 37)}}","source_type":"local","source":"x"} }]}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task LogModel_Twice_IsAListInATag()
    {
        string run = await mlflow.NewRunAsync();
        foreach (string path in new[] { "a", "b" })
            await mlflow.OkAsync("runs/log-model", $$"""{"run_id":"{{run}}","model_json":"{\"run_id\":\"{{run}}\",\"artifact_path\":\"{{path}}\",\"utc_time_created\":\"x\",\"flavors\":{} }"}""");

        string tag = (await mlflow.RunAsync(run)).GetProperty("data").GetProperty("tags").EnumerateArray().Single(t => t.GetProperty("key").GetString() == "mlflow.log-model.history").GetProperty("value").GetString()!;
        Assert.Equal(["a", "b"], JsonSerializer.Deserialize<JsonElement>(tag).EnumerateArray().Select(m => m.GetProperty("artifact_path").GetString()));
        (await mlflow.PostAsync("runs/log-model", $$"""{"run_id":"{{run}}","model_json":"{}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task History_InPages_IsInOrderOfTimeThoughPointsAreAdded()
    {
        string run = await mlflow.NewRunAsync();
        await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{string.Join(',', Enumerable.Range(0, 7).Select(i => $$"""{"key":"val loss","value":{{i}},"timestamp":{{100 - i}},"step":{{i}} }"""))}}]}""");

        JsonElement first = await mlflow.OkAsync($"metrics/get-history?run_id={run}&metric_key=val%20loss&max_results=3");
        await mlflow.OkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"val loss","value":9,"timestamp":1,"step":9}""");
        JsonElement second = await mlflow.OkAsync($"metrics/get-history?run_id={run}&metric_key=val%20loss&max_results=9&page_token={first.GetProperty("next_page_token").GetString()}");

        Assert.Equal([94, 95, 96, 97, 98, 99, 100], first.GetProperty("metrics").EnumerateArray().Concat(second.GetProperty("metrics").EnumerateArray()).Select(m => m.GetProperty("timestamp").GetInt32()));
        Assert.False(second.TryGetProperty("next_page_token", out _));
        (await mlflow.GetAsync($"metrics/get-history?run_id={run}&metric_key=other&page_token={first.GetProperty("next_page_token").GetString()}")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        Assert.Equal("{}", (await mlflow.GetAsync($"metrics/get-history?run_id={run}&metric_key=none")).Body);
    }

    [Fact]
    public async Task Interval_OfTwoRuns_KeepsTheSameStepsAndTheEndsOfEach()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string[] runs = [await mlflow.NewRunAsync(experiment), await mlflow.NewRunAsync(experiment)];
        for (int r = 0; r < 2; r++)
            await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{runs[r]}}","metrics":[{{string.Join(',', Enumerable.Range(0, 100 + r).Select(i => $$"""{"key":"m","value":{{i}},"timestamp":1,"step":{{i}} }"""))}}]}""");

        JsonElement all = await mlflow.OkAsync($"metrics/get-history-bulk-interval?run_ids={runs[0]}&run_ids={runs[1]}&metric_key=m&max_results=10");
        JsonElement part = await mlflow.OkAsync($"metrics/get-history-bulk-interval?run_ids={runs[0]}&metric_key=m&start_step=5&end_step=7");

        ILookup<string, int> steps = all.GetProperty("metrics").EnumerateArray().ToLookup(m => m.GetProperty("run_id").GetString()!, m => m.GetProperty("step").GetInt32());
        Assert.Equal([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99], steps[runs[0]]);
        Assert.Equal([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99, 100], steps[runs[1]]);
        Assert.Equal([5, 6, 7], part.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("step").GetInt32()));
        (await mlflow.GetAsync($"metrics/get-history-bulk-interval?run_ids={runs[0]}&metric_key=m&start_step=5")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.GetAsync($"metrics/get-history-bulk-interval?run_ids={runs[0]}&metric_key=m&max_results=2501")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task BulkHistory_OfTwoRuns_IsAsTheUiAsksForIt()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string[] runs = [await mlflow.NewRunAsync(experiment), await mlflow.NewRunAsync(experiment)];
        foreach (string run in runs)
            await mlflow.OkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":2,"timestamp":20,"step":1},{"key":"m","value":1,"timestamp":10,"step":2}]}""");

        ApiAnswer all = await mlflow.Api.GetAsync($"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={runs[0]}&run_id={runs[1]}&metric_key=m");
        ApiAnswer some = await mlflow.Api.GetAsync($"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={runs[0]}&run_id={runs[1]}&metric_key=m&max_results=3");

        Array.Sort(runs, StringComparer.Ordinal);
        Assert.Equal([(runs[0], 1.0), (runs[0], 2), (runs[1], 1), (runs[1], 2)], Points(all));
        Assert.Equal([(runs[0], 1.0), (runs[0], 2), (runs[1], 1)], Points(some));

        static IEnumerable<(string, double)> Points(ApiAnswer answer) =>
            answer.Json.GetProperty("metrics").EnumerateArray().Select(m => (m.GetProperty("run_id").GetString()!, m.GetProperty("value").GetDouble()));
    }

    [Fact]
    public async Task LogModel_FromManyThreads_LosesNone_HoweverLongTheList()
    {
        string run = await mlflow.NewRunAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            mlflow.OkAsync("runs/log-model", $$"""{"run_id":"{{run}}","model_json":"{\"run_id\":\"{{run}}\",\"artifact_path\":\"m{{i}}\",\"utc_time_created\":\"x\",\"flavors\":{\"x\":\"{{new string('y', 800)}}\"} }"}""")));

        string tag = (await mlflow.RunAsync(run)).GetProperty("data").GetProperty("tags").EnumerateArray().Single(t => t.GetProperty("key").GetString() == "mlflow.log-model.history").GetProperty("value").GetString()!;
        Assert.Equal(20, JsonDocument.Parse(tag).RootElement.EnumerateArray().Select(m => m.GetProperty("artifact_path").GetString()).Distinct().Count());
    }

    [Theory]
    [InlineData("R²")]
    [InlineData("½")]
    [InlineData("𝛼 loss")]
    public async Task Metric_WithAnyLetterThatPythonTakes_IsLoggedAndFound(string key)
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);

        await mlflow.OkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"{{key}}","value":1,"timestamp":1}""");

        Assert.Equal(1, (await mlflow.OkAsync("runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.`{{key}}` = 1"}""")).GetProperty("runs").GetArrayLength());
    }
}
