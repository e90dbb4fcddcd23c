using System.Text.Json;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Tests.Protocols;

/// <summary>Infinity in each protocol, bare and as text, for a model that can take it: trees.</summary>
public sealed class InfiniteInputTests : ApiTest
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServeLevelAsync(Api.Platform);
        await SampleModels.ServePriceAsync(Api.Platform);
    }

    [Theory]
    [InlineData("/v1/models/level:predict", """{"instances": [[Infinity, 1], ["Infinity", 1], [-Infinity, 1], ["-Infinity", 1]]}""")]
    [InlineData("/v1/models/level:predict", """{"instances": [{"x": Infinity, "y": 1}, {"x": "Infinity", "y": 1}, {"x": -Infinity, "y": 1}, {"x": "-Infinity", "y": 1}]}""")]
    [InlineData("/v1/models/level:predict", """{"inputs": {"x": [Infinity, "Infinity", -Infinity, "-Infinity"], "y": [1, 1, 1, 1]}}""")]
    [InlineData("/v2/models/level/infer", """{"inputs": [{"name": "all", "shape": [4, 2], "datatype": "FP64", "data": [[Infinity, 1], ["Infinity", 1], [-Infinity, 1], ["-Infinity", 1]]}]}""")]
    [InlineData("/v2/models/level/infer", """{"inputs": [{"name": "x", "shape": [4], "datatype": "FP32", "data": [Infinity, "Infinity", -Infinity, "-Infinity"]}, {"name": "y", "shape": [4], "datatype": "INT8", "data": [1, 1, 1, 1]}]}""")]
    [InlineData("/v2/models/level/infer", """{"inputs": [{"name": "x", "shape": [4], "datatype": "FP16", "data": [Infinity, "Infinity", -Infinity, "-Infinity"]}, {"name": "y", "shape": [4], "datatype": "INT8", "data": [1, 1, 1, 1]}]}""")]
    [InlineData("/invocations?model=level", """{"dataframe_split": {"columns": ["x", "y"], "data": [[Infinity, 1], ["Infinity", 1], [-Infinity, 1], ["-Infinity", 1]]}}""")]
    [InlineData("/predict?model=level", """{"features": [[Infinity, 1], ["Infinity", 1], [-Infinity, 1], ["-Infinity", 1]]}""")]
    public async Task Predict_ForInfinity_AnswersAsForTheLargestNumbers(string path, string body)
    {
        ApiAnswer answer = await Api.PostTextAsync(path, body);

        Assert.Equal(200, answer.Status);
        Assert.Equal(["high", "high", "low", "low"], Answers(answer.Json));
        List<LoggedPrediction> logged = await Api.Platform.PredictionLog.ReadAsync("level", DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), 10, None).ToListAsync();
        Assert.Equal([double.MaxValue, double.MaxValue, double.MinValue, double.MinValue], logged.OrderBy(r => r.Row).Select(r => (double)r.Features["x"]!));
    }

    [Fact]
    public async Task Predict_ForInfinityAsCsv_TakesItAsDataFramesWriteIt()
    {
        ApiAnswer answer = await Api.PostTextAsync("/invocations?model=level", "x,y\ninf,1\nInfinity,1\n-inf,1\n-Infinity,1\n", "text/csv");

        Assert.Equal(["high", "high", "low", "low"], Answers(answer.Json));
    }

    [Fact]
    public async Task Predict_ForInfinityAsBytes_TakesIt()
    {
        byte[] bytes = [.. BitConverter.GetBytes(double.PositiveInfinity), .. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(double.NegativeInfinity), .. BitConverter.GetBytes(1.0)];
        byte[] json = """{"inputs": [{"name": "all", "shape": [2, 2], "datatype": "FP64", "parameters": {"binary_data_size": 32}}]}"""u8.ToArray();
        var body = new ByteArrayContent([.. json, .. bytes]);
        body.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");

        Assert.Equal(["high", "low"], Answers((await Api.SendAsync(HttpMethod.Post, "/v2/models/level/infer", body)).Json));
    }

    [Theory]
    [InlineData("""{"instances": [[1], [Infinity]]}""")]
    [InlineData("""{"instances": [{"carat": 1}, {"carat": "Infinity"}]}""")]
    public async Task Predict_ForInfinityWithAModelThatAddsUp_IsTheCallersFaultAndNoErrorOfTheVersion(string body)
    {
        Assert.Contains("row 1: feature 'carat' is infinite", (await Api.PostTextAsync("/v1/models/price:predict", body)).Error(400), StringComparison.Ordinal);

        TrafficWindow traffic = await Api.Platform.TrafficStats.ReadAsync("price", 1, DateTimeOffset.UtcNow.AddHours(-1), None);
        Assert.Equal((0, 0, 1), (traffic.Requests, traffic.Errors, traffic.Rejected));
    }

    private static IEnumerable<string?> Answers(JsonElement answer)
    {
        JsonElement values = answer.TryGetProperty("predictions", out JsonElement predictions) ? predictions
            : answer.TryGetProperty("outputs", out JsonElement outputs) && outputs[0].ValueKind == JsonValueKind.Object ? outputs[0].GetProperty("data") : outputs;
        return values.EnumerateArray().Select(v => v.GetString());
    }
}
