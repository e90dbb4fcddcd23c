using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols;

/// <summary>What a request may ask for, and how large answers go out.</summary>
public sealed class LimitTests : IClassFixture<LimitTests.SmallLimits>
{
    private const string Columns = """{"inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "data": [2]}, {"name": "contract", "shape": [1], "datatype": "BYTES", "data": ["Month"]}]""";

    private readonly ApiHost _api;

    public LimitTests(SmallLimits limits) => _api = limits.Api;

    [Theory]
    [InlineData("/v2/models/price/infer", """{"inputs": [{"name": "carat", "shape": [60], "datatype": "FP64", "data": ROWS}]}""")]
    [InlineData("/v1/models/price:predict", """{"instances": ROWS}""")]
    [InlineData("/v1/models/price:predict", """{"inputs": {"carat": ROWS}}""")]
    [InlineData("/predict?model=price", """{"features": [[1], ROWS]}""")]
    [InlineData("/api/v1/predictions/price", """{"rows": ROWS}""")]
    public async Task Predict_MoreValuesThanAllowed_Is413InTheProtocolsWords(string path, string body)
    {
        ApiAnswer answer = await _api.PostTextAsync(path, body.Replace("ROWS", $"[{string.Join(',', Enumerable.Repeat("0.5", 60))}]", StringComparison.Ordinal));

        Assert.Equal(413, answer.Status);
        string said = answer.ContentType == "application/json" ? answer.Error(413) : answer.Problem(413, "values-too-many");
        Assert.Contains("more values than 50", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_MoreValuesThanAllowed_IsMlflowsError()
    {
        string sixty = $$"""{"instances": [{{string.Join(',', Enumerable.Repeat("[0.5]", 60))}}]}""";

        Assert.Contains("more values than 50", (await _api.PostTextAsync("/invocations?model=price", sixty)).MlflowError(413, "BAD_REQUEST"), StringComparison.Ordinal);
        Assert.Contains("as CSV", (await _api.PostTextAsync("/invocations?model=price", string.Concat(Enumerable.Repeat("1\n", 60)), "text/csv")).MlflowError(413, "BAD_REQUEST"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_OutOfTheOrdinary_MayHaveFewer()
    {
        string rows = string.Join(',', Enumerable.Repeat("[1]", 29).Append("[\"x\"]"));

        Assert.Equal(200, (await _api.PostTextAsync("/v1/models/price:predict", $$"""{"instances": [{{rows.Replace("\"x\"", "1", StringComparison.Ordinal)}}]}""")).Status);
        Assert.Contains("cannot be read straight", (await _api.PostTextAsync("/v1/models/price:predict", $$"""{"instances": [{{rows}}]}""")).Error(413), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_AnAnswerOfMoreScoresThanAllowed_Is413()
    {
        string thirty = $$"""{"instances": [{{string.Join(',', Enumerable.Repeat("[1]", 30))}}]}""";

        Assert.Contains("30 rows of 2 scores", (await _api.PostTextAsync("/v1/models/flag:predict", thirty)).Error(413), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_BinaryValuesPastTheLimit_Are413()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"inputs": [{"name": "carat", "shape": [60], "datatype": "INT8", "parameters": {"binary_data_size": 60}}]}""");
        var content = new ByteArrayContent([.. json, .. new byte[60]]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", json.Length.ToString(CultureInfo.InvariantCulture));

        Assert.Contains("has 60 values", (await _api.SendAsync(HttpMethod.Post, "/v2/models/price/infer", content)).Error(413), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_AnOutputTwice_IsRefused()
    {
        string twice = Columns + """, "outputs": [{"name": "prediction"}, {"name": "prediction"}]}""";

        Assert.Contains("asked for twice", (await _api.PostTextAsync("/v2/models/churn/infer", twice)).Error(400), StringComparison.Ordinal);
        Assert.Contains("'outputs' is an object", (await _api.PostTextAsync("/v2/models/churn/infer", Columns + """, "outputs": {}}""")).Error(400), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"inputs": [{"name": "carat", "shape": [0, 65536, 65536], "datatype": "FP64", "data": []}]}""", "has more than 2147483647 values")]
    [InlineData("""{"inputs": [{"name": "carat", "shape": [1], "datatype": "FP64", "data": [1]}], "x": foo'bar}""", "is wrong at")]
    [InlineData("""{"inputs": [{"name": "carat", "shape": [1], "datatype": "FP64", "data": [1], "parameters": [}}]}""", "is wrong at")]
    [InlineData("""{"inputs": [{"name": "carat", "shape": [1], "datatype": "FP64", "parameters": {"binary_data_size": NaN}}]}""", "expected a whole number of bytes")]
    public async Task Infer_WhatIsWrong_IsSaid(string body, string expected) =>
        Assert.Contains(expected, (await _api.PostTextAsync("/v2/models/price/infer", body)).Error(400), StringComparison.Ordinal);

    [Theory]
    [InlineData("3")]
    [InlineData("1")]
    [InlineData("latest")]
    [InlineData("v1")]
    [InlineData("nope")]
    public async Task Label_ThatIsNone_Is404(string label) =>
        Assert.Contains(label, (await _api.PostTextAsync($"/v1/models/price/labels/{label}:predict", """{"instances": [[1]]}""")).Error(404), StringComparison.Ordinal);

    /// <summary>Few values for the errors; <see cref="LargeAnswerTests"/> has the defaults.</summary>
    public sealed class SmallLimits : IAsyncLifetime
    {
        public ApiHost Api { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Api = await ApiHost.StartAsync(new ApiOptions { MaxRequestValues = 50, MaxGeneralValues = 20, MaxAnswerValues = 50 });
            await SampleModels.ServeChurnAsync(Api.Platform);
            await SampleModels.ServePriceAsync(Api.Platform);
            await SampleModels.ServeFlagAsync(Api.Platform);
        }

        public async Task DisposeAsync() => await Api.DisposeAsync();
    }
}

/// <summary>Answers that go out in parts are those that go out whole.</summary>
[Collection(ServedModelsTests.Name)]
public sealed class LargeAnswerTests(ServedModels models)
{
    private const int Rows = 20_000;

    [Theory]
    [InlineData("/v1/models/flag:predict", """{"instances": ROWS}""", "predictions")]
    [InlineData("/v1/models/flag:predict", """{"signature_name": "probability", "inputs": ROWS}""", "outputs")]
    [InlineData("/predict?model=flag", """{"features": [[0],ROWS""", "predictions")]
    [InlineData("/invocations?model=flag", """{"inputs": ROWS}""", "predictions")]
    public async Task Predict_ManyRows_AnswersEachInItsPlace(string path, string body, string field)
    {
        string rows = $"[{string.Join(',', Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? "[5]" : "[-5]"))}]";

        ApiAnswer answer = await models.Api.PostTextAsync(path, body.Replace("[[0],ROWS", rows + "}", StringComparison.Ordinal).Replace("ROWS", rows, StringComparison.Ordinal));

        JsonElement[] values = [.. answer.Json.GetProperty(field).EnumerateArray()];
        Assert.Equal(Rows, values.Length);
        Assert.All(values.Index(), v => Assert.Equal(v.Index % 3 == 0, (v.Item.ValueKind == JsonValueKind.Array ? v.Item[1] : v.Item).GetDouble() > 0.5));
    }

    [Fact]
    public async Task Infer_ManyRows_AnswersBothOutputsWhole()
    {
        string data = string.Join(',', Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? "5" : "-5"));

        JsonElement outputs = (await models.Api.PostTextAsync("/v2/models/flag/infer", $$"""{"inputs": [{"name": "x", "shape": [{{Rows}}], "datatype": "FP64", "data": [{{data}}]}]}""")).Json.GetProperty("outputs");

        Assert.Equal("prediction,probability", string.Join(',', outputs.EnumerateArray().Select(o => o.GetProperty("name").GetString())));
        Assert.All(outputs[0].GetProperty("data").EnumerateArray().Index(), v => Assert.Equal(v.Index % 3 == 0 ? "1" : "0", v.Item.GetString()));
        Assert.All(outputs[1].GetProperty("data").EnumerateArray().Index().Where(v => v.Index % 2 == 1), v => Assert.Equal(v.Index / 2 % 3 == 0, v.Item.GetDouble() > 0.5));
        Assert.Equal((Rows, 2 * Rows), (outputs[0].GetProperty("data").GetArrayLength(), outputs[1].GetProperty("data").GetArrayLength()));
    }

    [Fact]
    public async Task Predict_ManyRowsOurOwnWay_AnswersEachInItsPlace()
    {
        string rows = string.Join(',', Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? "{\"x\":5}" : "{\"x\":-5}"));

        JsonElement answer = (await models.Api.PostTextAsync("/api/v1/predictions/flag", $$"""{"rows": [{{rows}}]}""")).Json;

        Assert.Equal(("flag", 1), (answer.GetProperty("model").GetString(), answer.GetProperty("version").GetInt32()));
        Assert.Equal(Rows, answer.GetProperty("predictions").GetArrayLength());
        Assert.All(answer.GetProperty("predictions").EnumerateArray().Index(), v => Assert.Equal(v.Index % 3 == 0 ? "1" : "0", v.Item.GetProperty("prediction").GetString()));
    }

    [Fact]
    public async Task Invoke_ManyRowsOfCsv_AnswersALineEach()
    {
        string rows = string.Concat(Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? "5\n" : "-5\n"));

        ApiAnswer answer = await models.Api.PostTextAsync("/invocations?model=flag", rows, "text/csv", ("Accept", "text/csv"));

        Assert.Equal(string.Concat(Enumerable.Range(0, Rows).Select(i => i % 3 == 0 ? "1\n" : "0\n")), answer.Body);
    }
}
