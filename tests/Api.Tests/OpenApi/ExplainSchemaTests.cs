using System.Text.Json;
using MlOps.Api.Tests.Protocols;

namespace MlOps.Api.Tests.OpenApi;

[Collection(ServedModelsTests.Name)]
public sealed class ExplainSchemaTests(ServedModels models)
{
    [Theory]
    [InlineData("/api/v1/predictions/churn", """{"explain":true,"rows":[ROW]}""", "class base contributions tenure contract charge")]
    [InlineData("/api/v1/predictions/churn", """{"explain":{"topK":2},"rows":[ROW]}""", "class base contributions other")]
    [InlineData("/api/v1/predictions/price", """{"explain":1,"rows":[{"carat":2}]}""", "base contributions carat other")]
    [InlineData("/v1/models/churn:explain", """{"explain":1,"instances":[ROW]}""", "explanations predictions class base contributions other")]
    [InlineData("/v1/models/flag:explain", """{"instances":[{"x":2}]}""", "explanations class base contributions x")]
    [InlineData("/endpoints/churn/invocations", """{"params":{"explain":true},"dataframe_records":[ROW]}""", "explanations class base contributions")]
    [InlineData("/v2/models/price/infer", """{"parameters":{"explain":true},"inputs":[{"name":"carat","shape":[1],"datatype":"FP64","data":[2]}]}""", "outputs parameters")]
    [InlineData("/predict", """{"features":ROW,"explain":true}""", "prediction explanation class base contributions")]
    [InlineData("/predict", """{"features":[ROW],"explain":3}""", "predictions explanations")]
    public async Task Explanations_OfEachProtocol_AreAsTheDocumentSays(string path, string body, string names)
    {
        JsonElement document = await DocumentAsync();
        JsonElement operation = document.GetProperty("paths").GetProperty(path).GetProperty("post");
        string request = body.Replace("ROW", """{"tenure":2,"contract":"Month","charge":21}""", StringComparison.Ordinal);

        ApiAnswer answer = await models.Api.PostTextAsync(path, request);

        Assert.Equal(200, answer.Status);
        Assert.All(names.Split(' '), name => Assert.Contains($"\"{name}\"", answer.Body, StringComparison.Ordinal));
        var check = new SchemaCheck(document);
        Assert.Empty(check.Problems(answer.Json, Content(operation.GetProperty("responses").GetProperty("200"))));
        Assert.Empty(check.Problems(JsonSerializer.Deserialize<JsonElement>(request), Content(operation.GetProperty("requestBody"))));
    }

    [Fact]
    public async Task Document_SaysHowExplanationsAreAskedFor()
    {
        JsonElement explain = (await DocumentAsync()).GetProperty("components").GetProperty("schemas").GetProperty("Explain");

        Assert.Equal(["boolean", "integer", "object"], explain.GetProperty("oneOf").EnumerateArray().Select(o => o.GetProperty("type").GetString()));
        Assert.Equal("""["topK"]""", explain.GetProperty("oneOf")[2].GetProperty("required").GetRawText());
    }

    private async Task<JsonElement> DocumentAsync() => (await models.Api.GetAsync("/openapi/v1.json")).Json;

    private static JsonElement Content(JsonElement part) => part.GetProperty("content").GetProperty("application/json").GetProperty("schema");
}
