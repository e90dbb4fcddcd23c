using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using MlOps.Api.OpenApi;
using MlOps.Api.Tests.Access;
using MlOps.Domain.Access;
using MlOps.Domain.Datasets;

namespace MlOps.Api.Tests.OpenApi;

public sealed partial class OpenApiTests : IAsyncLifetime
{
    private ApiHost _api = null!;
    private IEndpointRouteBuilder _routes = null!;

    public async Task InitializeAsync() => _api = await ApiHost.StartAsync(more: (routes, _) => _routes = routes);

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task Document_HasEveryRouteThatIsMapped_AndNoOther()
    {
        string[] mapped = [.. _routes.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Where(e => e.Order != int.MaxValue)
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(m => m != "HEAD").Select(m => $"{m} {Parameter().Replace(e.RoutePattern.RawText!, "{$1}")}")).Order(StringComparer.Ordinal)];

        string[] described = [.. Operations(await DocumentAsync()).Select(o => o.Name).Order(StringComparer.Ordinal)];

        Assert.True(mapped.Length > 70, "the walk found hardly any route");
        Assert.Equal(mapped, described);
        Assert.Empty(Api.OpenApi.Operations.Names.Except(mapped));
    }

    [Fact]
    public async Task Document_OfFeedback_HasRewardsAsNumbersAndAsTrueOrFalse() =>
        Assert.Equal("""["number","boolean","null"]""", Schema((await _api.GetAsync("/openapi/v1.json")).Json, "FeedbackRequest")
            .GetProperty("properties").GetProperty("items").GetProperty("items").GetProperty("properties").GetProperty("reward").GetProperty("type").GetRawText());

    [Fact]
    public async Task Document_SaysWhoMayAndHowErrorsLook()
    {
        Dictionary<string, JsonElement> operations = Operations(await DocumentAsync()).ToDictionary(o => o.Name, o => o.Operation);

        Assert.Empty(operations["GET /v2/health/live"].GetProperty("security").EnumerateArray());
        Assert.Equal("admin", operations["GET /api/v1/tokens"].GetProperty("x-mlops-role").GetString());
        Assert.Equal("contributor", operations["POST /invocations"].GetProperty("x-mlops-role").GetString());
        Assert.Equal("#/components/schemas/MlflowError", operations["POST /invocations"].GetProperty("responses").GetProperty("default").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString());
        Assert.Equal(operations.Count, operations.Values.Select(o => o.GetProperty("operationId").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Document_DescribesAModelAsItsVersionIs_AndChangesWithIt()
    {
        string before = (await _api.GetAsync("/openapi/v1.json")).Header("ETag");
        await SampleModels.ServeChurnAsync(_api.Platform);
        ApiAnswer answer = await _api.GetAsync("/openapi/v1.json");
        string etag = answer.Header("ETag");

        JsonElement row = Schema(answer.Json, "churn.Row");
        Assert.Equal("""["tenure","contract"]""", row.GetProperty("required").GetRawText());
        Assert.Equal("number", row.GetProperty("properties").GetProperty("tenure").GetProperty("type").GetString());
        Assert.Equal("""["number","null"]""", row.GetProperty("properties").GetProperty("charge").GetProperty("type").GetRawText());
        Assert.Equal("""["Month","Year"]""", row.GetProperty("properties").GetProperty("contract").GetProperty("examples").GetRawText());
        Assert.Equal("""["No","Yes"]""", Schema(answer.Json, "churn.Prediction").GetProperty("enum").GetRawText());
        Assert.NotEqual(before, etag);
        Assert.Equal((304, ""), await StatusAsync(etag));
        Assert.Equal(200, (await StatusAsync(before)).Status);

        async Task<(int Status, string Body)> StatusAsync(string known)
        {
            ApiAnswer again = await _api.GetAsync("/openapi/v1.json", ("If-None-Match", known));
            return (again.Status, again.Status == 304 ? again.Body : "");
        }
    }

    [Fact]
    public async Task Document_ShowsValuesOfTheDataThatTheVersionWasTrainedOn()
    {
        string csv = "tenure,contract,charge\n" + string.Concat(Enumerable.Range(0, 101).Select(i => FormattableString.Invariant($"{i},{(i % 3 == 0 ? "Month" : "Weekly")},9.5\n")));
        await _api.Platform.Datasets.AddAsync("telco", new MemoryStream(System.Text.Encoding.UTF8.GetBytes(csv)), new DatasetAddOptions(), default);
        await SampleModels.ServeChurnAsync(_api.Platform);

        JsonElement document = await DocumentAsync();

        Assert.Equal("""{"tenure":50,"contract":"Weekly","charge":9.5}""", Schema(document, "churn.Row").GetProperty("examples")[0].GetRawText());
    }

    [Fact]
    public async Task Example_OfEachPathOfAModel_IsAnswered()
    {
        await SampleModels.ServeChurnAsync(_api.Platform, "a model {of} ours");
        await SampleModels.ServePriceAsync(_api.Platform);

        (string Path, JsonElement Operation)[] posts = [.. (await DocumentAsync()).GetProperty("paths").EnumerateObject()
            .Where(p => p.Value.TryGetProperty("post", out JsonElement post) && post.TryGetProperty("x-mlops-model", out _)).Select(p => (p.Name, p.Value.GetProperty("post")))];

        Assert.Equal(10, posts.Length);
        foreach ((string path, JsonElement operation) in posts)
        {
            ApiAnswer answer = await _api.PostTextAsync(path, operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").GetRawText());
            Assert.True(answer.Status == 200, $"{path}: {answer.Body}");
        }
    }

    [Fact]
    public async Task DocumentAndPage_OnceATokenExists_OnlyThePageIsForEverybody()
    {
        (string, string) known = AuthTests.Bearer(await _api.Platform.Access.CreateAsync("ann", Role.Viewer, default));

        (await _api.GetAsync("/openapi/v1.json")).Problem(401, "token-missing");
        Assert.Equal(200, (await _api.GetAsync("/openapi/v1.json", known)).Status);
        ApiAnswer page = await _api.GetAsync("/openapi");
        Assert.Equal((200, "text/html"), (page.Status, page.ContentType));
    }

    [Fact]
    public async Task Page_LoadsNothingFromElsewhere_AndMayRunItsOwnScriptOnly()
    {
        ApiAnswer page = await _api.GetAsync("/openapi");
        string policy = page.Header("Content-Security-Policy");

        Assert.StartsWith("default-src 'none'; connect-src 'self'; script-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch("https?://|src=|<link|innerHTML|style=", page.Body);
    }

    private async Task<JsonElement> DocumentAsync() => (await _api.GetAsync("/openapi/v1.json")).Json;

    private static JsonElement Schema(JsonElement document, string name) => document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    private static IEnumerable<(string Name, JsonElement Operation)> Operations(JsonElement document) =>
        document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(o => ($"{o.Name.ToUpperInvariant()} {p.Name}", o.Value)));

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
