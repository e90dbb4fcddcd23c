using System.Text.Json;
using MlOps.Domain.Serving;

namespace MlOps.Api.Tests.Protocols;

public sealed class OpenInferenceTests : ApiTest
{
    private const string ColumnTensors = """
        {"id": "req-1", "inputs": [
          {"name": "tenure", "shape": [2], "datatype": "INT64", "data": [2, 55]},
          {"name": "contract", "shape": [2, 1], "datatype": "BYTES", "data": [["Month"], ["Year"]]},
          {"name": "charge", "shape": [2], "datatype": "FP64", "data": [21.5, null]}]}
        """;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServeChurnAsync(Api.Platform);
    }

    [Fact]
    public async Task Server_TellsItsNameAndExtensions()
    {
        JsonElement server = (await Api.GetAsync("/v2")).Json;

        Assert.Equal("mlops", server.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.String, server.GetProperty("version").ValueKind);
        Assert.Equal("[\"binary_tensor_data\",\"classification\",\"model_repository\"]", JsonSerializer.Serialize(server.GetProperty("extensions")));
    }

    [Theory]
    [InlineData("/v2/models/churn")]
    [InlineData("/v2/models/churn/versions/1")]
    [InlineData("/v2/models/churn/versions/champion")]
    public async Task Metadata_DescribesATensorAFeature(string path)
    {
        JsonElement model = (await Api.GetAsync(path)).Json;

        Assert.Equal(("churn", "mlops_linear", "1"), (model.GetProperty("name").GetString(), model.GetProperty("platform").GetString(), model.GetProperty("versions")[0].GetString()));
        Assert.Equal(
            ["tenure FP64 [-1]", "contract BYTES [-1]", "charge FP64 [-1]"],
            model.GetProperty("inputs").EnumerateArray().Select(i => $"{i.GetProperty("name")} {i.GetProperty("datatype")} {i.GetProperty("shape")}"));
        Assert.Equal(
            ["prediction BYTES [-1]", "probability FP64 [-1,2]"],
            model.GetProperty("outputs").EnumerateArray().Select(i => $"{i.GetProperty("name")} {i.GetProperty("datatype")} {i.GetProperty("shape")}"));
    }

    [Fact]
    public async Task Models_AreListed() => Assert.Equal("churn", (await Api.GetAsync("/v2/models")).Json.GetProperty("models")[0].GetString());

    [Fact]
    public async Task Ready_OfAModel_IsTrueOr404()
    {
        Assert.True((await Api.GetAsync("/v2/models/churn/versions/1/ready")).Json.GetProperty("ready").GetBoolean());
        Assert.Contains("'nope'", (await Api.GetAsync("/v2/models/nope/ready")).Error(404), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_ATensorAColumn_AnswersBothOutputs()
    {
        JsonElement answer = (await Api.PostTextAsync("/v2/models/churn/infer", ColumnTensors)).Json;

        Assert.Equal(("churn", "1", "req-1"), (answer.GetProperty("model_name").GetString(), answer.GetProperty("model_version").GetString(), answer.GetProperty("id").GetString()));
        JsonElement[] outputs = [.. answer.GetProperty("outputs").EnumerateArray()];
        Assert.Equal(["prediction", "probability"], outputs.Select(o => o.GetProperty("name").GetString()));
        Assert.Equal("[\"Yes\",\"No\"]", JsonSerializer.Serialize(outputs[0].GetProperty("data")));
        Assert.Equal("[2,2]", JsonSerializer.Serialize(outputs[1].GetProperty("shape")));
        double[] probability = [.. outputs[1].GetProperty("data").EnumerateArray().Select(p => p.GetDouble())];
        Assert.Equal([1, 1], [probability[0] + probability[1], probability[2] + probability[3]], (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.True(probability[1] > 0.5 && probability[3] < 0.5);
        Assert.Equal("[\"No\",\"Yes\"]", outputs[1].GetProperty("parameters").GetProperty("classes").GetString());
    }

    [Theory]
    [InlineData("""[[0.5], [3.0]]""")]
    [InlineData("""[0.5, 3.0]""")]
    public async Task Infer_OneTensorOfAllFeatures_FlatOrNested(string data)
    {
        await SampleModels.ServePriceAsync(Api.Platform);

        JsonElement answer = (await Api.PostTextAsync("/v2/models/price/infer", $$"""{"inputs": [{"name": "input-0", "shape": [2, 1], "datatype": "FP32", "data": {{data}}}]}""")).Json;

        JsonElement output = answer.GetProperty("outputs").EnumerateArray().Single();
        Assert.Equal(("prediction", "FP64"), (output.GetProperty("name").GetString(), output.GetProperty("datatype").GetString()));
        Assert.Equal([500, 3_000], output.GetProperty("data").EnumerateArray().Select(v => v.GetDouble()), (a, b) => Math.Abs(a - b) < 60);
    }

    [Fact]
    public async Task Infer_WantedOutputs_ComeAloneAndInOrder()
    {
        string body = ColumnTensors.TrimEnd()[..^1] + """, "outputs": [{"name": "probability"}, {"name": "prediction"}]}""";

        JsonElement answer = (await Api.PostTextAsync("/v2/models/churn/infer", body)).Json;

        Assert.Equal(["probability", "prediction"], answer.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Infer_NoOutputNamed_AnswersAll()
    {
        string body = ColumnTensors.TrimEnd()[..^1] + """, "outputs": []}""";

        JsonElement answer = (await Api.PostTextAsync("/v2/models/churn/infer", body)).Json;

        Assert.Equal(["prediction", "probability"], answer.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    [InlineData(1_024)]
    public async Task Infer_WithAnIdThatFeedbackCannotReferTo_EchoesItAndHasOneOfItsOwn(int length)
    {
        string id = new('i', length);

        ApiAnswer answer = await Api.PostTextAsync("/v2/models/churn/infer", ColumnTensors.Replace("req-1", id, StringComparison.Ordinal));

        Assert.Equal(id, answer.Json.GetProperty("id").GetString());
        string own = answer.Header("x-request-id");
        Assert.Equal(32, own.Length);
        Assert.Equal([own, own], (await Api.Platform.PredictionLog.ReadAsync("churn", DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), 10, None).ToListAsync()).Select(r => r.RequestId));
    }

    [Fact]
    public async Task Infer_WithAnIdThatIsTooLong_SaysHowLongItMayBe() => Assert.Contains(
        "'id' has 1,025 characters, allowed are 1,024",
        (await Api.PostTextAsync("/v2/models/churn/infer", ColumnTensors.Replace("req-1", new string('i', 1_025), StringComparison.Ordinal))).Error(400), StringComparison.Ordinal);

    [Fact]
    public async Task Infer_WithoutId_AnswersTheRequestsId()
    {
        string body = ColumnTensors.Replace("\"id\": \"req-1\", ", "", StringComparison.Ordinal);

        ApiAnswer answer = await Api.PostTextAsync("/v2/models/churn/versions/1/infer", body, headers: ("x-request-id", "abc"));

        Assert.Equal("abc", answer.Json.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{}""", "array 'inputs'")]
    [InlineData("""{"inputs": []}""", "at least one tensor")]
    [InlineData("""{"inputs": [{"shape": [1], "datatype": "FP64", "data": [1]}]}""", "input 0 needs a text 'name'")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [2], "datatype": "FP64", "data": [1]}]}""", "tensor 'tenure' has 1 values, but its shape [2] needs 2")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [-1], "datatype": "FP64", "data": [1]}]}""", "holds -1")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [2000000000, 2000000000], "datatype": "FP64", "data": [1]}]}""", "more than 2147483647 values")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "FLOAT", "data": [1]}]}""", "datatype 'FLOAT', expected one of BOOL")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "INT32", "data": [1.5]}]}""", "tensor 'tenure' is INT32, but value 0 is 1.5")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "data": ["x"]}]}""", "but value 0 is the text \"x\"")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [1, 2]}]}""", "row 0 has 2 values, expected 3")]
    [InlineData("""{"inputs": [{"name": "tenur", "shape": [1], "datatype": "FP64", "data": [1]}, {"name": "contract", "shape": [1], "datatype": "BYTES", "data": ["Month"]}]}""", "did you mean 'tenure'?")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "data": [NaN]}, {"name": "contract", "shape": [1], "datatype": "BYTES", "data": ["Month"]}]}""", "row 0: feature 'tenure' is missing (null or NaN)")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [0], "datatype": "FP64", "data": []}]}""", "no rows")]
    [InlineData("""{"id": 7, "inputs": [{}]}""", "'id' is 7")]
    [InlineData("""{"parameters": [1], "inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "data": [1]}]}""", "the 'parameters' of the request are an array, expected an object")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "parameters": "x", "data": [1]}]}""", "the 'parameters' of input 0 are the text \"x\"")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "data": [1]}], "outputs": [{"name": "prediction", "parameters": [1]}]}""", "the 'parameters' of output 0 are an array")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [3], "datatype": "FP64", "data": [[1, 0], [1]]}]}""", "tensor 'tenure' is not nested as its shape [3] is")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [2, 3], "datatype": "FP64", "data": [[1, 0], [1, 2, 3, 4]]}]}""", "tensor 'x' is not nested as its shape [2, 3] is")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [2, 3], "datatype": "FP64", "data": [1, 0, 1, [2, 3, 4]]}]}""", "tensor 'x' is not nested as its shape [2, 3] is, from value 3 on")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "FP16", "data": [1000000]}]}""", "tensor 'tenure' is FP16, but value 0 is 1000000")]
    [InlineData("""{"inputs": [{"name": "tenure", "shape": [1], "datatype": "BF16", "data": [-4e38]}]}""", "tensor 'tenure' is BF16, but value 0 is -4e38")]
    [InlineData("""not json""", "line 1, column")]
    public async Task Infer_BadBody_SaysWhatIsWrong(string body, string expected) =>
        Assert.Contains(expected, (await Api.PostTextAsync("/v2/models/churn/infer", body)).Error(400), StringComparison.Ordinal);

    [Fact]
    public async Task Infer_UnknownOutput_NamesTheOutputs()
    {
        string body = ColumnTensors.TrimEnd()[..^1] + """, "outputs": [{"name": "score"}]}""";

        Assert.Contains("'prediction', 'probability'", (await Api.PostTextAsync("/v2/models/churn/infer", body)).Error(400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_UnknownOutput_IsRejectedBeforeAnythingIsPredicted()
    {
        string body = ColumnTensors.TrimEnd()[..^1] + """, "outputs": [{"name": "score"}]}""";

        (await Api.PostTextAsync("/v2/models/churn/infer", body)).Error(400);

        TrafficWindow traffic = await Api.Platform.TrafficStats.ReadAsync("churn", 1, DateTimeOffset.UtcNow.AddHours(-1), None);
        Assert.Equal((0, 1), (traffic.Requests, traffic.Rejected));
        Assert.Empty(await Api.Platform.PredictionLog.ReadAsync("churn", DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), 10, None).ToListAsync());
    }

    [Theory]
    [InlineData("/v2/models/nope/infer", 404)]
    [InlineData("/v2/models/churn/versions/9/infer", 404)]
    [InlineData("/v2/models/churn/versions/blue/infer", 404)]
    [InlineData("/v2/models/churn/versions/a%20b/infer", 400)]
    public async Task Infer_UnknownModelOrVersion_IsAnswered(string path, int status) => (await Api.PostTextAsync(path, ColumnTensors)).Error(status);
}
