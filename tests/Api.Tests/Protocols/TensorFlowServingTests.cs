using System.Text.Json;

namespace MlOps.Api.Tests.Protocols;

[Collection(ServedModelsTests.Name)]
public sealed class TensorFlowServingTests(ServedModels models)
{
    private const string Predict = "/v1/models/churn:predict";
    private const string TwoInstances = """{"instances": [{"tenure": 2, "contract": "Month"}, {"tenure": 55, "contract": "Year", "charge": 25}]}""";

    [Theory]
    [InlineData(Predict)]
    [InlineData("/v1/models/churn/versions/1:predict")]
    [InlineData("/v1/models/churn/labels/champion:predict")]
    [InlineData("/V1/Models/churn:PREDICT")]
    public async Task Predict_RowsByName_AnswersPredictions(string path)
    {
        ApiAnswer answer = await models.Api.PostTextAsync(path, TwoInstances);

        Assert.Equal((200, "application/json", """{"predictions":["Yes","No"]}"""), (answer.Status, answer.ContentType, answer.Body));
        Assert.Equal("1", answer.Header("x-mlops-model-version"));
    }

    [Theory]
    [InlineData("""{"instances": [[2, "Month", null], [55, "Year", 25]]}""", "predictions")]
    [InlineData("""{"instances": [{"tenure": 2, "contract": "Month", "charge": NaN}, {"tenure": 55, "contract": "Year", "charge": "NaN"}]}""", "predictions")]
    [InlineData("""{"instances": [{"tenure": 2, "contract": {"b64": "TW9udGg="}}, {"tenure": 55, "contract": {"b64": "WWVhcg=="}}]}""", "predictions")]
    [InlineData("""{"signature_name": "serving_default", "instances": [[2, "Month", null], [55, "Year", 25]], "parameters": {"a": 1}}""", "predictions")]
    [InlineData("""{"inputs": {"tenure": [2, 55], "contract": [["Month"], ["Year"]], "charge": [null, 25]}}""", "outputs")]
    [InlineData("""{"inputs": [[2, "Month", null], [55, "Year", 25]]}""", "outputs")]
    public async Task Predict_EachForm_AnswersInItsForm(string body, string field) =>
        Assert.Equal($$"""{"{{field}}":["Yes","No"]}""", (await models.Api.PostTextAsync(Predict, body)).Body);

    [Fact]
    public async Task Predict_OneInput_TakesValuesAsRows()
    {
        JsonElement answer = (await models.Api.PostTextAsync("/v1/models/price:predict", """{"instances": [0.5, [3.0], {"b64": "x"}]}""")).Json;
        Assert.Contains("row 2: feature 'carat'", answer.GetProperty("error").GetString(), StringComparison.Ordinal);

        JsonElement prices = (await models.Api.PostTextAsync("/v1/models/price:predict", """{"instances": [0.5, [3.0]]}""")).Json;
        Assert.Equal([500, 3_000], prices.GetProperty("predictions").EnumerateArray().Select(v => v.GetDouble()), (a, b) => Math.Abs(a - b) < 60);
    }

    [Fact]
    public async Task Predict_ClassesThatAreNumbers_AnswersNumbers() =>
        Assert.Equal("""{"predictions":[1,0]}""", (await models.Api.PostTextAsync("/v1/models/flag:predict", """{"instances": [{"x": 9}, {"x": -9}]}""")).Body);

    [Fact]
    public async Task Predict_UnderTheSignatureProbability_AnswersAListARow()
    {
        JsonElement[] rows = [.. (await models.Api.PostTextAsync(Predict, TwoInstances.Insert(1, "\"signature_name\": \"probability\", "))).Json.GetProperty("predictions").EnumerateArray()];

        Assert.Equal([2, 2], rows.Select(r => r.GetArrayLength()));
        Assert.InRange(rows[0][1].GetDouble(), 0.5, 1);
        Assert.InRange(rows[1][1].GetDouble(), 0, 0.5);
    }

    [Fact]
    public async Task Classify_Examples_AnswersClassesWithScores()
    {
        JsonElement results = (await models.Api.PostTextAsync("/v1/models/churn:classify", """{"context": {"contract": "Month"}, "examples": [{"tenure": [2]}, {"tenure": 55, "charge": 25.0}]}""")).Json.GetProperty("results");

        Assert.Equal(["No", "Yes"], results[0].EnumerateArray().Select(pair => pair[0].GetString()));
        Assert.Equal(1, results[0][0][1].GetDouble() + results[0][1][1].GetDouble(), 1e-9);
        Assert.InRange(results[0][1][1].GetDouble(), 0.5, 1);
    }

    [Fact]
    public async Task Regress_Examples_AnswersNumbers() =>
        Assert.InRange((await models.Api.PostTextAsync("/v1/models/price:regress", """{"examples": [{"carat": 0.5}]}""")).Json.GetProperty("results")[0].GetDouble(), 440, 560);

    [Fact]
    public async Task Classify_WithALargeContextForManyExamples_Is413()
    {
        string body = $$"""{"context": {"contract": "{{new string('x', 100_000)}}"}, "examples": [{{string.Join(',', Enumerable.Repeat("{}", 200))}}]}""";

        ApiAnswer answer = await models.Api.PostTextAsync("/v1/models/churn:classify", body);

        Assert.Equal(413, answer.Status);
        Assert.Contains("send fewer examples at a time", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/models/churn:predict", """{}""", "neither 'instances' nor 'inputs'")]
    [InlineData("/v1/models/churn:predict", """{"instances": [], "inputs": []}""", "both 'instances' and 'inputs'")]
    [InlineData("/v1/models/churn:predict", """{"instances": []}""", "no rows")]
    [InlineData("/v1/models/churn:predict", """{"instances": 5}""", "'instances' is 5, expected an array of rows")]
    [InlineData("/v1/models/churn:predict", """{"instances": [[1, "Month", 2], {"tenure": 1}]}""", "the object 1 among lists")]
    [InlineData("/v1/models/churn:predict", """{"instances": [{"tenure": 1, "contract": "Month"}, [1]]}""", "row 1 is a JSON array")]
    [InlineData("/v1/models/churn:predict", """{"instances": [{"tenure": "long", "contract": "Month"}]}""", "row 0: feature 'tenure' is the text \"long\"; expected a finite number")]
    [InlineData("/v1/models/price:predict", """{"instances": [Infinity]}""", "row 0: feature 'carat' is infinite, and for that the model gives no finite number")]
    [InlineData("/v1/models/price:predict", """{"instances": [1, 1e999]}""", "row 1: feature 'carat' is a value of kind number beyond 1.8e308")]
    [InlineData("/v1/models/churn:predict", """{"inputs": {"tenure": 5}}""", "'inputs.tenure' is 5, expected an array")]
    [InlineData("/v1/models/churn:predict", """{"signature_name": "other", "instances": [[1]]}""", "Serving signature name: \"other\" not found in signature def")]
    [InlineData("/v1/models/churn:predict", """{"instances": [[1,]]}""", "line 1, column")]
    [InlineData("/v1/models/churn:predict", """[1]""", "an array, expected an object")]
    [InlineData("/v1/models/price:predict", """{"signature_name": "probability", "instances": [1]}""", "Serving signature name: \"probability\" not found")]
    [InlineData("/v1/models/churn:regress", """{"examples": [{"tenure": 1, "contract": "Month"}]}""", "it cannot regress: ask ':classify'")]
    [InlineData("/v1/models/price:classify", """{"examples": [{"carat": 1}]}""", "it cannot classify")]
    [InlineData("/v1/models/price:regress", """{"context": {"carat": 1}, "examples": [{"carat": 1}]}""", "example 0 has the feature 'carat', which is in the context too")]
    [InlineData("/v1/models/price:regress", """{"instances": []}""", "'examples' is absent")]
    [InlineData("/v1/models/churn:guess", """{"instances": []}""", "Malformed request: POST /v1/models/churn:guess")]
    [InlineData("/v1/models/churn/versions/x:predict", """{"instances": []}""", "Malformed request: POST /v1/models/churn/versions/x:predict")]
    public async Task Post_Bad_SaysWhatIsWrong(string path, string body, string expected) =>
        Assert.Contains(expected, (await models.Api.PostTextAsync(path, body)).Error(400), StringComparison.Ordinal);

    [Theory]
    [InlineData("/v1/models/nope:predict", "Servable not found for request: Latest(nope)")]
    [InlineData("/v1/models/churn/versions/9:predict", "Servable not found for request: Specific(churn, 9)")]
    [InlineData("/v1/models/churn/labels/blue:predict", "Servable not found for request: Specific(churn, blue)")]
    public async Task Predict_WhatIsNotThere_Is404(string path, string expected) =>
        Assert.StartsWith(expected, (await models.Api.PostTextAsync(path, TwoInstances)).Error(404), StringComparison.Ordinal);

    [Theory]
    [InlineData("/v1/models/churn")]
    [InlineData("/v1/models/churn/versions/1")]
    [InlineData("/v1/models/churn/labels/champion")]
    public async Task Status_HasTheKeysOfBothProtocols(string path) => Assert.Equal(
        """{"name":"churn","ready":true,"model_version_status":[{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}""",
        (await models.Api.GetAsync(path)).Body);

    [Fact]
    public async Task Status_OfAnUnknownModel_Is404() =>
        Assert.StartsWith("Servable not found", (await models.Api.GetAsync("/v1/models/nope")).Error(404), StringComparison.Ordinal);

    [Theory]
    [InlineData("/v1/churn")]
    [InlineData("/v1/models/churn:predict")]
    [InlineData("/v1/models/churn/versions/1:predict")]
    [InlineData("/v1/models/churn/labels/champion:predict")]
    public async Task Get_OfAPathThatIsNone_IsMalformed(string path) =>
        Assert.Equal($"Malformed request: GET {path}", (await models.Api.GetAsync(path)).Error(400));

    [Fact]
    public async Task Version_BeyondAllNumbers_Is404()
    {
        const string version = "/v1/models/churn/versions/99999999999";

        Assert.StartsWith("Servable not found for request: Specific(churn, 99999999999)", (await models.Api.PostTextAsync($"{version}:predict", TwoInstances)).Error(404), StringComparison.Ordinal);
        Assert.StartsWith("Servable not found", (await models.Api.GetAsync(version)).Error(404), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_AreListedAsKServeDoes() =>
        Assert.Equal(["churn", "flag", "price"], (await models.Api.GetAsync("/v1/models")).Json.GetProperty("models").EnumerateArray().Select(m => m.GetString()).Order());

    [Fact]
    public async Task Metadata_DescribesSignatures()
    {
        JsonElement metadata = (await models.Api.GetAsync("/v1/models/churn/metadata")).Json;

        Assert.Equal("""{"name":"churn","signature_name":"","version":"1"}""", metadata.GetProperty("model_spec").GetRawText());
        JsonElement signatures = metadata.GetProperty("metadata").GetProperty("signature_def").GetProperty("signature_def");
        Assert.Equal(["serving_default", "probability"], signatures.EnumerateObject().Select(s => s.Name));
        Assert.Equal(["tenure DT_DOUBLE", "contract DT_STRING", "charge DT_DOUBLE"], signatures.GetProperty("serving_default").GetProperty("inputs").EnumerateObject().Select(i => $"{i.Name} {i.Value.GetProperty("dtype")}"));
        Assert.Equal(
            """{"dtype":"DT_DOUBLE","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"2","name":""}],"unknown_rank":false},"name":"probability:0"}""",
            signatures.GetProperty("probability").GetProperty("outputs").GetProperty("probability").GetRawText());
        Assert.Equal("tensorflow/serving/predict", signatures.GetProperty("probability").GetProperty("method_name").GetString());
    }
}
