using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using MlOps.Domain.Access;

namespace MlOps.Api.Tests.Http;

/// <summary>Every response says which request it is of, whatever the route, the protocol and the outcome.</summary>
public sealed partial class RequestIdTests : IAsyncLifetime
{
    private readonly List<RouteEndpoint> _endpoints = [];
    private ApiHost _api = null!;

    [Fact]
    public async Task Response_OfEveryRoute_HasTheRequestsId()
    {
        var answered = new HashSet<int>();
        foreach ((string method, string path) in Routes().Append(("GET", "/")).Append(("GET", "/no/such/page")).Append(("GET", "/invocations")).Append(("PATCH", "/v2/models/x/infer")))
        {
            using HttpContent? body = method is "GET" or "DELETE" ? null : new StringContent("{}", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
            ApiAnswer answer = await _api.SendAsync(new HttpMethod(method), path, body, ("x-request-id", "walk-1"));
            Assert.True(answer.Header("x-request-id") == "walk-1", $"{method} {path} answered {answer.Status} under '{answer.Header("x-request-id")}'");
            answered.Add(answer.Status);
        }

        Assert.Superset(new HashSet<int> { 200, 400, 404, 405 }, answered);
    }

    [Fact]
    public async Task Response_ToWhoHasNoToken_HasTheRequestsId()
    {
        await _api.Platform.Access.CreateAsync("ci", Role.Viewer, default);

        foreach (string path in new[] { "/api/v1/models", "/v2/models/churn", "/v1/models/churn", "/invocations" })
        {
            ApiAnswer answer = await _api.SendAsync(path == "/invocations" ? HttpMethod.Post : HttpMethod.Get, path, null, ("x-request-id", "who-1"));
            Assert.Equal((401, "who-1"), (answer.Status, answer.Header("x-request-id")));
        }

        Assert.Equal(32, (await _api.GetAsync("/health/live")).Header("x-request-id").Length);
    }

    [Theory]
    [InlineData("with blank")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task Request_WithAnUnfitId_IsRefusedUnderANewOne(string given)
    {
        ApiAnswer answer = await _api.GetAsync("/api/v1/models", ("x-request-id", given));

        Assert.Contains("x-request-id", answer.Problem(400, "request-id"), StringComparison.Ordinal);
        Assert.Equal(32, answer.Header("x-request-id").Length);
        Assert.Equal(200, (await _api.GetAsync("/health/live", ("x-request-id", given))).Status);
    }

    [Fact]
    public async Task Response_OfAProtocolWithAnIdOfItsOwn_SaysThatOneInTheHeaderToo()
    {
        await SampleModels.ServeChurnAsync(_api.Platform);
        const string tensors = """{"id": "own-1", "inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "data": [1]}, {"name": "contract", "shape": [1], "datatype": "BYTES", "data": ["Month"]}]}""";

        ApiAnswer answer = await _api.PostTextAsync("/v2/models/churn/infer", tensors, headers: ("x-request-id", "outer"));
        ApiAnswer sagemaker = await _api.PostTextAsync("/invocations", """{"instances": [{"tenure": 1, "contract": "Month"}]}""", headers: ("X-Amzn-SageMaker-Inference-Id", "sm-1"));

        Assert.Equal(("own-1", "own-1"), (answer.Json.GetProperty("id").GetString(), answer.Header("x-request-id")));
        Assert.Equal((200, "sm-1"), (sagemaker.Status, sagemaker.Header("x-request-id")));
    }

    [Theory]
    [InlineData("order 17", "order 17")]
    [InlineData("größe", "gr%C3%B6%C3%9Fe")]
    [InlineData(" 17 ", "%2017%20")]
    public async Task Header_OfAnIdThatAHeaderCannotAskWith_NamesTheOneThatIsLogged(string id, string header)
    {
        await SampleModels.ServeChurnAsync(_api.Platform);
        string tensors = $$"""{"id": "{{id}}", "inputs": [{"name": "tenure", "shape": [1], "datatype": "FP64", "data": [1]}, {"name": "contract", "shape": [1], "datatype": "BYTES", "data": ["Month"]}]}""";

        ApiAnswer answer = await _api.PostTextAsync("/v2/models/churn/infer", tensors, headers: ("x-request-id", "outer"));
        await _api.PostAsync("/api/v1/feedback", new { model = "churn", items = new[] { new { requestId = Uri.UnescapeDataString(answer.Header("x-request-id")), truth = "Yes" } } });

        Assert.Equal((200, header), (answer.Status, answer.Header("x-request-id")));
        Assert.Equal(1, (await _api.GetAsync("/api/v1/feedback/churn")).Json.GetProperty("matched").GetInt64());
    }

    public async Task InitializeAsync()
    {
        IEndpointRouteBuilder? mapped = null;
        _api = await ApiHost.StartAsync(more: (routes, _) => mapped = routes);
        _endpoints.AddRange(mapped!.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>());
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    private IEnumerable<(string Method, string Path)> Routes()
    {
        var routes =
            from endpoint in _endpoints
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            select (method, "/" + Parameter().Replace(endpoint.RoutePattern.RawText!, "x").TrimStart('/'));
        (string, string)[] all = [.. routes];
        Assert.InRange(all.Length, 60, 1_000);
        return all;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
