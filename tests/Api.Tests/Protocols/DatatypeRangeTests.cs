using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests.Protocols;

/// <summary>Values at the ends of the datatypes, where signed and unsigned differ: a prediction is that of the number itself.</summary>
[Collection(ServedModelsTests.Name)]
public sealed class DatatypeRangeTests(ServedModels models)
{
    [Theory]
    [InlineData("INT8", "FB", "-5")]
    [InlineData("INT8", "80", "-128")]
    [InlineData("UINT8", "FA", "250")]
    [InlineData("INT16", "18FC", "-1000")]
    [InlineData("UINT16", "E8FD", "65000")]
    [InlineData("INT32", "90EEFEFF", "-70000")]
    [InlineData("UINT32", "FFFFFFFF", "4294967295")]
    [InlineData("INT64", "0000000000000080", "-9223372036854775808")]
    [InlineData("UINT64", "FFFFFFFFFFFFFFFF", "18446744073709551615")]
    [InlineData("FP16", "00BE", "-1.5")]
    [InlineData("BF16", "C0BF", "-1.5")]
    [InlineData("FP32", "0000C0BF", "-1.5")]
    [InlineData("FP64", "000000000000F8BF", "-1.5")]
    public async Task Infer_AValueAtTheEndOfItsDatatype_IsThatNumber(string datatype, string hex, string number)
    {
        byte[] bytes = Convert.FromHexString(hex);
        string binary = $$"""{"inputs": [{"name": "carat", "shape": [1], "datatype": "{{datatype}}", "parameters": {"binary_data_size": {{bytes.Length}} } }]}""";
        (HttpResponseMessage response, byte[] body) = await models.PostBytesAsync("/v2/models/price/infer", [.. Encoding.UTF8.GetBytes(binary), .. bytes], binary.Length.ToString(CultureInfo.InvariantCulture));
        ApiAnswer json = await models.Api.PostTextAsync("/v2/models/price/infer", $$"""{"inputs": [{"name": "carat", "shape": [1], "datatype": "{{datatype}}", "data": [{{number}}]}]}""");

        double expected = (await models.Api.PostTextAsync("/predict?model=price", $$"""{"features": [{{double.Parse(number, CultureInfo.InvariantCulture):R}}]}""")).Json.GetProperty("prediction").GetDouble();

        Assert.Equal((200, 200), ((int)response.StatusCode, json.Status));
        Assert.Equal([expected, expected], [Prediction(JsonDocument.Parse(body).RootElement), Prediction(json.Json)]);
    }

    [Theory]
    [InlineData("INT8", "-129")]
    [InlineData("UINT8", "256")]
    [InlineData("UINT16", "-1")]
    [InlineData("UINT64", "18446744073709551616")]
    [InlineData("FP16", "65536")]
    public async Task Infer_AValueBeyondItsDatatype_IsRefused(string datatype, string number) => Assert.Contains(
        $"tensor 'carat' is {datatype}, but value 0 is",
        (await models.Api.PostTextAsync("/v2/models/price/infer", $$"""{"inputs": [{"name": "carat", "shape": [1], "datatype": "{{datatype}}", "data": [{{number}}]}]}""")).Error(400), StringComparison.Ordinal);

    [Fact]
    public async Task Infer_RawBytesAndFlags_OfModelsOfOneSuchInput_AreRead()
    {
        await using ApiHost api = await ApiHost.StartAsync();
        await ServeAsync(api, "word", "word,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? "grün,1\n" : "rot,2\n")));
        await ServeAsync(api, "on", "on,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? "true,1\n" : "false,2\n")));

        Assert.Equal(new[] { 1.0 }, await RawAsync("word", Encoding.UTF8.GetBytes("grün")));
        Assert.Equal(new[] { 2.0 }, await RawAsync("word", "rot"u8.ToArray()));
        Assert.Equal(new[] { 1.0, 2.0 }, await RawAsync("on", [1, 0]));
        ApiAnswer flags = await api.PostTextAsync("/v2/models/on/infer", """{"inputs": [{"name": "on", "shape": [3], "datatype": "BOOL", "data": [true, false, 1]}]}""");
        Assert.Equal([1.0, 2.0, 1.0], flags.Json.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(v => Math.Round(v.GetDouble(), 1)));

        async Task<double[]> RawAsync(string model, byte[] input)
        {
            var content = new ByteArrayContent(input);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            content.Headers.Add("Inference-Header-Content-Length", "0");
            using HttpResponseMessage response = await api.Http.PostAsync(new Uri($"/v2/models/{model}/infer", UriKind.Relative), content);
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
            int json = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single(), CultureInfo.InvariantCulture);
            return [.. Enumerable.Range(0, (body.Length - json) / 8).Select(i => Math.Round(BitConverter.ToDouble(body, json + (i * 8)), 1))];
        }
    }

    private static async Task ServeAsync(ApiHost api, string model, string csv)
    {
        ModelVersion version = await SampleModels.RegisterAsync(api.Platform, model, $"run-{model}", csv, new TrainingSpec { Task = LearningTask.Regression, Target = "y" }, "gbdt");
        await api.Platform.Endpoints.ApplyAsync(model, new TrafficChange(TrafficSplit.Whole(version.Version), "first", null, null), default);
    }

    private static double Prediction(JsonElement answer) => answer.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble();
}
