using System.Text.Json;

namespace MlOps.Api.Tests.Protocols;

/// <summary>Explanations in the same call, in every protocol: <c>churn</c> (trees, No or Yes), <c>level</c> (trees, three classes), <c>price</c> (linear, a number).</summary>
public sealed class ExplainTests(ExplainTests.Models models) : IClassFixture<ExplainTests.Models>
{
    private const string Row = """{"tenure": 2, "contract": "Month", "charge": null}""";

    public sealed class Models : IAsyncLifetime
    {
        public ApiHost Api { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Api = await ApiHost.StartAsync(new ApiOptions { DefaultModel = "churn" });
            await SampleModels.ServeChurnAsync(Api.Platform, trainer: "gbdt");
            await SampleModels.ServeLevelAsync(Api.Platform);
            await SampleModels.ServePriceAsync(Api.Platform);
        }

        public async Task DisposeAsync() => await Api.DisposeAsync();
    }

    [Fact]
    public async Task Predict_Explained_AddsUpToTheLogOdds()
    {
        JsonElement prediction = await ChurnAsync("true");

        JsonElement explanation = prediction.GetProperty("explanation");
        double yes = prediction.GetProperty("probabilities").GetProperty("Yes").GetDouble();
        Assert.Equal(("Yes", "Yes"), (prediction.GetProperty("prediction").GetString(), explanation.GetProperty("class").GetString()));
        Assert.Equal(["tenure", "contract", "charge"], Contributions(explanation).Select(c => c.Name));
        Assert.Equal(Math.Log(yes / (1 - yes)), Sum(explanation), 1e-5);
        Assert.False(explanation.TryGetProperty("other", out _));
        Assert.True(Contributions(explanation).First().Value.GetDouble() > 0, "a short tenure speaks for churn");
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("""{"topK": 2}""", 2)]
    [InlineData("""{"topK": 9}""", 3)]
    public async Task Predict_ExplainedByTheLargest_SumsUpTheOthers(string explain, int shown)
    {
        JsonElement all = (await ChurnAsync("true")).GetProperty("explanation");

        JsonElement top = (await ChurnAsync(explain)).GetProperty("explanation");

        IEnumerable<string> largest = Contributions(all).OrderByDescending(c => Math.Abs(c.Value.GetDouble())).Select(c => c.Name).Take(shown);
        Assert.Equal(largest, Contributions(top).Select(c => c.Name));
        Assert.True(top.TryGetProperty("other", out _));
        Assert.Equal(Sum(all), Sum(top), 1e-12);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("null")]
    public async Task Predict_ThatAsksForNone_HasNone(string explain) => Assert.False((await ChurnAsync(explain)).TryGetProperty("explanation", out _));

    [Theory]
    [InlineData("\"yes\"", "'explain' is the text \"yes\", expected true, false, {\"topK\": k} or a number of features from 1")]
    [InlineData("0", "'explain' is 0, expected")]
    [InlineData("""{"topK": 0}""", "'explain.topK' is 0, expected a number of features from 1")]
    [InlineData("""{"top": 1}""", "the field 'top' is unknown; the fields are topK")]
    public async Task Predict_ExplainedByWhatIsNone_SaysWhatIsAllowed(string explain, string expected) => Assert.Contains(
        expected, (await models.Api.PostTextAsync("/api/v1/predictions/churn", $$"""{"rows": [{{Row}}], "explain": {{explain}} }""")).Problem(400, "json-invalid"), StringComparison.Ordinal);

    [Fact]
    public async Task EveryProtocol_TellsTheSame()
    {
        string expected = (await ChurnAsync("true")).GetProperty("explanation").GetRawText();

        Assert.Equal($$"""{"prediction":"Yes","explanation":{{expected}}""" + "}", await PostAsync("/predict", $$"""{"features": {{Row}}, "explain": true}"""));
        string many = $$"""{"predictions":["Yes"],"explanations":[{{expected}}]}""";
        Assert.Equal(many, await PostAsync("/predict", $$"""{"explain": true, "features": [[2, "Month", null]]}"""));
        Assert.Equal(many, await PostAsync("/v1/models/churn:explain", $$"""{"instances": [{{Row}}]}"""));
        Assert.Equal(many, await PostAsync("/v1/models/churn/versions/1:explain", """{"inputs": {"tenure": [2], "contract": ["Month"], "charge": [null]}}"""));
        Assert.Equal(many, await PostAsync("/invocations", $$"""{"dataframe_records": [{{Row}}], "params": {"explain": true} }"""));
        // An unknown name beside an absent feature takes the general way.
        Assert.Equal(many, await PostAsync("/v1/models/churn:explain", """{"instances": [{"tenure": 2, "contract": "Month", "unknown": 1}]}"""));
        Assert.Contains("\"other\":", await PostAsync("/v1/models/churn:explain", $$"""{"instances": [{{Row}}], "explain": {"topK": 1} }"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_Multiclass_IsOfThePredictedClass()
    {
        JsonElement answer = await JsonAsync("/v1/models/level:explain", """{"instances": [[3, 1], [60, 2], [100, 3]], "signature_name": "probability"}""");

        Assert.Equal(["low", "middle", "high"], answer.GetProperty("explanations").EnumerateArray().Select(e => e.GetProperty("class").GetString()));
        Assert.Equal(3, answer.GetProperty("predictions")[0].GetArrayLength());
    }

    [Fact]
    public async Task Explain_Regression_AddsUpToTheNumber()
    {
        JsonElement answer = await JsonAsync("/v1/models/price:explain", """{"instances": [0.5, 7]}""");

        for (int row = 0; row < 2; row++)
        {
            JsonElement explanation = answer.GetProperty("explanations")[row];
            Assert.False(explanation.TryGetProperty("class", out _));
            Assert.Equal(answer.GetProperty("predictions")[row].GetDouble(), Sum(explanation), 1e-5);
        }
    }

    [Fact]
    public async Task Explain_ManyRows_AreAnsweredInParts()
    {
        string rows = string.Join(',', Enumerable.Range(0, 4_000).Select(i => $"[{i / 50.0}]"));

        JsonElement answer = await JsonAsync("/v1/models/price:explain", $$"""{"instances": [{{rows}}]}""");

        Assert.Equal((4_000, 4_000), (answer.GetProperty("predictions").GetArrayLength(), answer.GetProperty("explanations").GetArrayLength()));
        Assert.Equal(answer.GetProperty("predictions")[3_999].GetDouble(), Sum(answer.GetProperty("explanations")[3_999]), 1e-5);
    }

    [Fact]
    public async Task Explain_TooManyRows_SaysHowMany()
    {
        string rows = string.Join(',', Enumerable.Repeat("[1]", 10_001));

        string error = (await models.Api.PostTextAsync("/v1/models/price:explain", $$"""{"instances": [{{rows}}]}""")).Error(413);

        Assert.Contains("the request has 10,001 rows; of this model at most 10,000 rows are explained at once", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_ExplainedAsCsv_IsRefused() => Assert.Contains("in JSON only", (await models.Api.PostTextAsync(
        "/invocations", $$"""{"dataframe_records": [{{Row}}], "params": {"explain": true} }""", "application/json", ("Accept", "text/csv"))).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);

    [Theory]
    [InlineData(""" "parameters": {"explain": true} """, 3)]
    [InlineData(""" "outputs": [{"name": "contributions"}] """, 1)]
    [InlineData(""" "outputs": [{"name": "contributions"}, {"name": "prediction"}], "parameters": {"explain": true} """, 2)]
    public async Task Infer_Explained_AnswersATensorOfContributionsAndBase(string asked, int outputs)
    {
        JsonElement expected = (await ChurnAsync("true")).GetProperty("explanation");

        JsonElement answer = await InferAsync("churn", Row, asked);

        Assert.Equal(outputs, answer.GetArrayLength());
        JsonElement output = answer.EnumerateArray().Single(o => o.GetProperty("name").GetString() == "contributions");
        Assert.Equal("""["tenure","contract","charge","base"]""", output.GetProperty("parameters").GetProperty("columns").GetString());
        Assert.Equal(("FP64", "[1,4]"), (output.GetProperty("datatype").GetString(), output.GetProperty("shape").GetRawText()));
        Assert.Equal([.. Contributions(expected).Select(c => c.Value.GetDouble()), expected.GetProperty("base").GetDouble()], output.GetProperty("data").EnumerateArray().Select(v => v.GetDouble()));
    }

    [Theory]
    [InlineData(""" "parameters": {"explain": 2} """)]
    [InlineData(""" "outputs": [{"name": "contributions", "parameters": {"classification": 2}}] """)]
    public async Task Infer_ExplainedByTheLargest_AnswersTexts(string asked)
    {
        JsonElement output = (await InferAsync("churn", Row, asked)).EnumerateArray().Last();

        string[] texts = [.. output.GetProperty("data").EnumerateArray().Select(t => t.GetString()!)];
        Assert.Equal(("BYTES", "[1,4]"), (output.GetProperty("datatype").GetString(), output.GetProperty("shape").GetRawText()));
        Assert.EndsWith(":0:tenure", texts[0], StringComparison.Ordinal);
        Assert.Equal([":-1:other", ":-1:base"], texts[2..].Select(t => t[t.IndexOf(':', StringComparison.Ordinal)..]));
        JsonElement all = (await ChurnAsync("true")).GetProperty("explanation");
        Assert.Equal(Sum(all), texts.Sum(t => double.Parse(t.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture)), 1e-9);
    }

    [Fact]
    public async Task Infer_ExplainedMulticlass_AnswersEveryClass()
    {
        JsonElement output = (await InferAsync("level", """{"x": 60, "y": 2}""", """ "outputs": [{"name": "contributions"}] """))[0];

        Assert.Equal("[1,3,3]", output.GetProperty("shape").GetRawText());
        Assert.Equal((9, """["high","low","middle"]"""), (output.GetProperty("data").GetArrayLength(), output.GetProperty("parameters").GetProperty("classes").GetString()));
    }

    [Fact]
    public async Task Infer_ExplainedInBytes_AnswersTheSameNumbers()
    {
        const string Body = """{"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP64", "data": [7]}], "outputs": [{"name": "contributions", "parameters": {"binary_data": true}}]}""";

        byte[] answer = await (await models.Api.Http.PostAsync(new Uri("/v2/models/price/infer", UriKind.Relative), new StringContent(Body))).Content.ReadAsByteArrayAsync();

        double[] sent = [BitConverter.ToDouble(answer, answer.Length - 16), BitConverter.ToDouble(answer, answer.Length - 8)];
        JsonElement expected = (await JsonAsync("/v1/models/price:explain", """{"instances": [7]}""")).GetProperty("explanations")[0];
        Assert.Equal([Contributions(expected).Single().Value.GetDouble(), expected.GetProperty("base").GetDouble()], sent);
    }

    private async Task<JsonElement> ChurnAsync(string explain) =>
        (await JsonAsync("/api/v1/predictions/churn", $$"""{"rows": [{{Row}}], "explain": {{explain}} }""")).GetProperty("predictions")[0];

    /// <param name="row">Values by feature.</param>
    private async Task<JsonElement> InferAsync(string model, string row, string more)
    {
        IEnumerable<string> tensors = JsonSerializer.Deserialize<JsonElement>(row).EnumerateObject().Select(v =>
            $$"""{"name": "{{v.Name}}", "shape": [1], "datatype": "{{(v.Value.ValueKind == JsonValueKind.String ? "BYTES" : "FP64")}}", "data": [{{v.Value.GetRawText()}}]}""");
        return (await JsonAsync($"/v2/models/{model}/infer", $$"""{"inputs": [{{string.Join(',', tensors)}}], {{more}} }""")).GetProperty("outputs");
    }

    private async Task<JsonElement> JsonAsync(string path, string body) => JsonSerializer.Deserialize<JsonElement>(await PostAsync(path, body));

    private async Task<string> PostAsync(string path, string body)
    {
        ApiAnswer answer = await models.Api.PostTextAsync(path, body);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Body;
    }

    private static IEnumerable<JsonProperty> Contributions(JsonElement explanation) => explanation.GetProperty("contributions").EnumerateObject();

    private static double Sum(JsonElement explanation) => explanation.GetProperty("base").GetDouble()
        + Contributions(explanation).Sum(c => c.Value.GetDouble())
        + (explanation.TryGetProperty("other", out JsonElement other) ? other.GetDouble() : 0);
}
