using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols;

[Collection(ServedModelsTests.Name)]
public sealed class BinaryTensorTests(ServedModels models)
{
    private const string Infer = "/v2/models/churn/infer";

    private static readonly byte[] Contracts = [.. Element("Month"), .. Element("Year")];

    [Fact]
    public async Task Infer_BinaryAndJsonTensors_AnswersJson()
    {
        string json = Request(Contracts.Length, """{"name": "tenure", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}""", "");

        (HttpResponseMessage response, byte[] body) = await PostAsync(json, [.. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(55f), .. Contracts]);

        Assert.Equal((200, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal("[\"Yes\",\"No\"]", JsonDocument.Parse(body).RootElement.GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("\"parameters\": {\"binary_data_output\": true},")]
    [InlineData("\"outputs\": [{\"name\": \"prediction\", \"parameters\": {\"binary_data\": true}}, {\"name\": \"probability\", \"parameters\": {\"binary_data\": true}}],")]
    public async Task Infer_BinaryOutputsWanted_ComeBehindTheJson(string wanted)
    {
        string json = Request(Contracts.Length, """{"name": "tenure", "shape": [2], "datatype": "UINT8", "data": [2, 55]}""", wanted);

        (HttpResponseMessage response, byte[] body) = await PostAsync(json, Contracts);

        int length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
        JsonElement[] outputs = [.. JsonDocument.Parse(body.AsMemory(0, length)).RootElement.GetProperty("outputs").EnumerateArray()];
        Assert.Equal([13, 32], outputs.Select(o => o.GetProperty("parameters").GetProperty("binary_data_size").GetInt32()));
        Assert.All(outputs, o => Assert.False(o.TryGetProperty("data", out _)));
        Assert.Equal([.. Element("Yes"), .. Element("No")], body[length..(length + 13)]);
        Assert.InRange(BitConverter.ToDouble(body, length + 13 + 8), 0.5, 1);
        Assert.Equal(length + 13 + 32, body.Length);
    }

    [Fact]
    public async Task Infer_OneOutputBinaryTheOtherNot_FollowsEach()
    {
        string json = Request(Contracts.Length, """{"name": "tenure", "shape": [2], "datatype": "INT8", "data": [2, 55]}""",
            "\"parameters\": {\"binary_data_output\": true}, \"outputs\": [{\"name\": \"prediction\", \"parameters\": {\"binary_data\": false}}, {\"name\": \"probability\"}],");

        (HttpResponseMessage response, byte[] body) = await PostAsync(json, Contracts);

        int length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
        JsonElement outputs = JsonDocument.Parse(body.AsMemory(0, length)).RootElement.GetProperty("outputs");
        Assert.Equal("[\"Yes\",\"No\"]", outputs[0].GetProperty("data").GetRawText());
        Assert.Equal(length + 32, body.Length);
    }

    [Fact]
    public async Task Infer_ASizeThatIsNoNumber_IsRefused()
    {
        (HttpResponseMessage response, byte[] body) = await PostAsync("""{"inputs": [{"name": "contract", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": NaN}}]}""", []);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("'binary_data_size' of tensor 'contract' is", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500_000_000)]
    [InlineData(int.MaxValue)]
    public async Task Infer_TextsThatOnlyTheShapeSpeaksOf_AreRefused(int rows)
    {
        string json = $$"""{"inputs": [{"name": "contract", "shape": [{{rows}}], "datatype": "BYTES", "parameters": {"binary_data_size": 0} }]}""";

        (HttpResponseMessage response, byte[] body) = await PostAsync(json, []);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains($"has 0 bytes, but its shape [{rows}] needs at least {4L * rows} of BYTES", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BOOL", "01")]
    [InlineData("UINT8", "05")]
    [InlineData("INT8", "05")]
    [InlineData("UINT16", "0500")]
    [InlineData("INT16", "0500")]
    [InlineData("UINT32", "05000000")]
    [InlineData("INT32", "05000000")]
    [InlineData("UINT64", "0500000000000000")]
    [InlineData("INT64", "0500000000000000")]
    [InlineData("FP16", "0045")]
    [InlineData("BF16", "A040")]
    [InlineData("FP32", "0000A040")]
    [InlineData("FP64", "0000000000001440")]
    public async Task Infer_EachDatatype_IsReadFromItsBytes(string datatype, string hex)
    {
        byte[] value = Convert.FromHexString(hex);
        string model = datatype == "BOOL" ? "flag" : "price";
        string name = datatype == "BOOL" ? "x" : "carat";
        string json = $$"""{"inputs": [{"name": "{{name}}", "shape": [1, 1], "datatype": "{{datatype}}", "parameters": {"binary_data_size": {{value.Length}} } }]}""";

        (HttpResponseMessage response, byte[] body) = await models.PostBytesAsync($"/v2/models/{model}/infer", [.. Encoding.UTF8.GetBytes(json), .. value], json.Length.ToString());

        string text = Encoding.UTF8.GetString(body);
        if (datatype == "BOOL")
            Assert.Contains("feature 'x' is true; expected a finite number", text, StringComparison.Ordinal);
        else
            Assert.Equal((200, 5_000), ((int)response.StatusCode, (int)Math.Round(JsonDocument.Parse(text).RootElement.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble() / 100) * 100));
    }

    [Fact]
    public async Task Infer_EachDatatypeInJson_IsRead()
    {
        foreach (string datatype in new[] { "UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64", "FP16", "BF16", "FP32", "FP64" })
        {
            ApiAnswer answer = await models.Api.PostTextAsync("/v2/models/price/infer", $$"""{"inputs": [{"name": "carat", "shape": [1], "datatype": "{{datatype}}", "data": [5]}]}""");
            Assert.True(answer.Status == 200 && Math.Abs(answer.Json.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble() - 5_000) < 50, $"{datatype}: {answer.Body}");
        }

        Assert.Contains("feature 'x' is true; expected a finite number", (await models.Api.PostTextAsync("/v2/models/flag/infer", """{"inputs": [{"name": "x", "shape": [1], "datatype": "BOOL", "data": [true]}]}""")).Error(400), StringComparison.Ordinal);
        Assert.Contains("'INT128'", (await models.Api.PostTextAsync("/v2/models/price/infer", """{"inputs": [{"name": "carat", "shape": [1], "datatype": "INT128", "data": [5]}]}""")).Error(400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_RawBytesOfTheOnlyInput_AnswersBytes()
    {
        (HttpResponseMessage response, byte[] body) = await models.PostBytesAsync("/v2/models/price/infer", [.. BitConverter.GetBytes(0.5), .. BitConverter.GetBytes(3.0)], "0");

        int length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
        Assert.Equal([500, 3_000], [BitConverter.ToDouble(body, length), BitConverter.ToDouble(body, length + 8)], (a, b) => Math.Abs(a - b) < 60);
    }

    [Theory]
    [InlineData(9, """{"name": "tenure", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}""", "tensor 'contract' has a 'binary_data_size' of 9")]
    [InlineData(8, """{"name": "tenure", "shape": [3], "datatype": "FP32", "parameters": {"binary_data_size": 8}}""", "tensor 'tenure' has 8 bytes, but its shape [3] needs 12 of FP32")]
    [InlineData(7, """{"name": "tenure", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}""", "1 bytes behind the JSON belong to no tensor")]
    [InlineData(8, """{"name": "tenure", "shape": [2], "datatype": "FP32", "data": [1, 2], "parameters": {"binary_data_size": 8}}""", "both 'data' and 'binary_data_size'")]
    [InlineData(8, """{"name": "tenure", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": "8"}}""", "'binary_data_size' of tensor 'tenure' is the text \"8\"")]
    [InlineData(8, """{"name": "tenure", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}""", "the bytes of tensor 'contract' end within value 0")]
    [InlineData(8, """{"name": "tenure", "shape": [8], "datatype": "BOOL", "parameters": {"binary_data_size": 8}}""", "tensor 'tenure' is BOOL, but value 0 is the byte 9, expected 0 or 1")]
    public async Task Infer_BytesThatDoNotFit_SaysWhere(int contractBytes, string tenure, string expected)
    {
        (HttpResponseMessage response, byte[] body) = await PostAsync(Request(contractBytes, tenure, ""), [9, 0, 0, 0, 9, 0, 0, 0, 200, 0, 0, 0, 65, 66, 67, 68]);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(expected, JsonDocument.Parse(body).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", "the header Inference-Header-Content-Length is 'x'")]
    [InlineData("9999", "at most the 2 bytes of the body")]
    [InlineData("0", "this one has 3: describe the tensors in JSON")]
    public async Task Infer_HeaderThatCannotBe_IsAnswered(string header, string expected)
    {
        (_, byte[] body) = await models.PostBytesAsync(Infer, "{}"u8.ToArray(), header);

        Assert.Contains(expected, JsonDocument.Parse(body).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UINT8", "256")]
    [InlineData("INT8", "-129")]
    [InlineData("UINT32", "-1")]
    [InlineData("INT64", "9223372036854775808")]
    public async Task Infer_IntegerOutOfItsDatatype_IsRefused(string datatype, string value)
    {
        string body = $$"""{"inputs": [{"name": "carat", "shape": [1], "datatype": "{{datatype}}", "data": [{{value}}]}]}""";

        Assert.Contains($"tensor 'carat' is {datatype}, but value 0 is {value}", (await models.Api.PostTextAsync("/v2/models/price/infer", body)).Error(400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_ClassificationOfAnOutput_AnswersTheBestClasses()
    {
        const string Body = """
            {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "BYTES", "data": [[null, null, null]]}], "outputs": [{"name": "probability", "parameters": {"classification": 1}}]}
            """;
        Assert.Contains("row 0: feature 'tenure'", (await models.Api.PostTextAsync(Infer, Body)).Error(400), StringComparison.Ordinal);

        JsonElement output = (await models.Api.PostTextAsync("/v2/models/flag/infer", """{"inputs": [{"name": "x", "shape": [1], "datatype": "FP64", "data": [9]}], "outputs": [{"name": "probability", "parameters": {"classification": 1}}]}""")).Json.GetProperty("outputs")[0];
        Assert.Equal(("BYTES", "[1,1]"), (output.GetProperty("datatype").GetString(), output.GetProperty("shape").GetRawText()));
        Assert.Matches(@"^[01]\.\d+:1:1$", output.GetProperty("data")[0].GetString());
        Assert.Contains("has no values of classes", (await models.Api.PostTextAsync("/v2/models/price/infer", """{"inputs": [{"name": "carat", "shape": [1], "datatype": "FP64", "data": [9]}], "outputs": [{"name": "prediction", "parameters": {"classification": 1}}]}""")).Error(400), StringComparison.Ordinal);
    }

    private Task<(HttpResponseMessage Response, byte[] Body)> PostAsync(string json, byte[] tensors) =>
        models.PostBytesAsync(Infer, [.. Encoding.UTF8.GetBytes(json), .. tensors], Encoding.UTF8.GetByteCount(json).ToString());

    private static string Request(int contractBytes, string tenure, string more) =>
        $$"""{ {{more}} "inputs": [{{tenure}}, {"name": "contract", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": {{contractBytes}} } }]}""";

    private static byte[] Element(string text)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, Encoding.UTF8.GetByteCount(text));
        return [.. length, .. Encoding.UTF8.GetBytes(text)];
    }
}
