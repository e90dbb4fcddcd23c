using System.Text.Json;
using MlOps.Api.Tests.Protocols;

namespace MlOps.Api.Tests.Clients;

/// <summary>The API as programs see it that others wrote.</summary>
[Collection(ServedModelsTests.Name)]
public sealed class ClientTests(ServedModels models)
{
    [SkippableFact]
    public async Task Document_IsValidOpenApi() => Assert.Equal("valid", (await NodeClients.ResultAsync(models, "validate")).GetString());

    [SkippableFact]
    public async Task SageMakerRuntime_OfAws_InvokesAModel()
    {
        JsonElement result = await NodeClients.ResultAsync(models, "sageMaker");

        Assert.Equal("""{"body":"Yes\nNo\n","type":"text/csv; charset=utf-8","variant":"1","attributes":"trace=7"}""", result.GetProperty("csv").GetRawText());
        Assert.Equal("""{"predictions":["Yes","No"]}""", result.GetProperty("json").GetProperty("body").GetString());
        Assert.StartsWith("ValidationError 404 ", result.GetProperty("missing").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("ValidationError 400 the body has no field", result.GetProperty("wrong").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task OpenApiTypescript_MakesTypesThatAllowARowAndRefuseAWrongOne()
    {
        JsonElement result = await NodeClients.ResultAsync(models, "compile");

        Assert.Equal(("", ""), (result.GetProperty("api").GetString(), result.GetProperty("whole").GetString()));
        Assert.Contains("'tenure' is missing", result.GetProperty("lacks").GetString(), StringComparison.Ordinal);
        Assert.Contains("'string' is not assignable to type 'number'", result.GetProperty("wrong").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task OpenApiFetch_CallsWhatTheDocumentDescribes()
    {
        JsonElement result = await NodeClients.ResultAsync(models, "fetchByDocument");

        Assert.Equal(1, result.GetProperty("predict").GetProperty("predictions").GetArrayLength());
        Assert.Equal("churn", result.GetProperty("infer").GetProperty("model_name").GetString());
        Assert.Equal("churn", result.GetProperty("own").GetProperty("model").GetString());
        Assert.Equal("400 model-name", result.GetProperty("missing").GetString());
    }

    [SkippableFact]
    public async Task Page_InADom_SendsARowInEachProtocolAndShowsTheAnswer()
    {
        JsonElement result = await NodeClients.ResultAsync(models, "page");

        Assert.Equal(5, result.GetProperty("answers").EnumerateObject().Count());
        Assert.All(result.GetProperty("answers").EnumerateObject(), a => Assert.Equal("200 in N ms, version 1 true", a.Value.GetString()));
        Assert.Empty(result.GetProperty("troubles").EnumerateArray());
        Assert.StartsWith("curl 'http://127.0.0.1:", result.GetProperty("curl").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Page_InABrowser_ShowsWhatTheModelPredictsAndWhy()
    {
        JsonElement result = await NodeClients.BrowserAsync(models);
        JsonElement answered = result.GetProperty("answered"), explained = result.GetProperty("explained");

        Assert.Equal("POST /api/v1/predictions/churn", answered.GetProperty("path").GetString());
        Assert.Equal("200 in N ms, version 1", answered.GetProperty("status").GetString());
        Assert.Equal("No", Answer(answered).GetProperty("predictions")[0].GetProperty("prediction").GetString());
        Assert.Equal("POST /v1/models/churn:explain", explained.GetProperty("path").GetString());
        Assert.Equal(["tenure", "contract", "charge"], Answer(explained).GetProperty("explanations")[0].GetProperty("contributions").EnumerateObject().Select(c => c.Name));
    }

    [SkippableFact]
    public async Task Page_InABrowser_ShowsAnErrorAsTheServerSaysIt()
    {
        JsonElement refused = (await NodeClients.BrowserAsync(models)).GetProperty("refused");

        Assert.Equal("400 in N ms", refused.GetProperty("status").GetString());
        Assert.Equal("rgb(204, 51, 51)", refused.GetProperty("color").GetString());
        Assert.Equal("feature-type", Answer(refused).GetProperty("code").GetString());
        Assert.Contains("feature 'tenure'", Answer(refused).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Page_InABrowser_AsksNobodyElseAndHasNothingToComplainOf()
    {
        JsonElement result = await NodeClients.BrowserAsync(models);

        Assert.Equal([models.Api.Http.BaseAddress!.Authority], Texts(result, "hosts"));
        Assert.Empty(Texts(result, "said"));
        Assert.Equal(["error: Failed to load resource: the server responded with a status of 400 (Bad Request)"], Texts(result, "saidOfError"));
    }

    private static JsonElement Answer(JsonElement shown) => JsonSerializer.Deserialize<JsonElement>(shown.GetProperty("answer").GetString()!);

    private static string[] Texts(JsonElement result, string name) => [.. result.GetProperty(name).EnumerateArray().Select(t => t.GetString()!)];
}
