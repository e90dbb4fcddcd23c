using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace MlOps.Azure.Tests.Functions;

/// <summary>Requests go through the worker's server and middleware into a function, and from it to the endpoints of src/Api.</summary>
[Collection(WorkerApp.OneAtATime)]
public sealed class HandoverTests : IAsyncLifetime
{
    private const string Secret = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

    private WorkerApp _app = null!;

    /// <summary>None of the requests below asks the store.</summary>
    public async Task InitializeAsync() => _app = await WorkerApp.StartAsync(new Dictionary<string, string?>
    {
        ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
        ["MlOps:SetupTokenHash"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))),
    });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("GET", "/health", 200)]
    [InlineData("GET", "/health/live", 200)]
    [InlineData("GET", "/version", 200)]
    [InlineData("GET", "/nothing/of/ours", 404)]
    [InlineData("GET", "/api/v1/models", 401)]
    [InlineData("GET", "/v2/models/churn", 401)]
    [InlineData("GET", "/v1/models/churn", 401)]
    [InlineData("POST", "/invocations", 401)]
    [InlineData("POST", "/predict", 401)]
    [InlineData("POST", "/endpoints/churn/invocations", 401)]
    [InlineData("GET", "/api/2.0/nothing/of/ours", 404)]
    [InlineData("GET", "/api/3.0/mlflow/traces/t", 401)]
    [InlineData("GET", "/ajax-api/nothing/of/ours", 404)]
    [InlineData("GET", "/ajax-api/3.0/mlflow/traces/t", 401)]
    [InlineData("DELETE", "/api/v1/tokens/ci", 401)]
    public async Task Request_OfAStranger_IsAnsweredByTheApi(string method, string path, int status)
    {
        using HttpResponseMessage response = await _app.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Request_WithTheSetupToken_IsAnAdmins()
    {
        using HttpResponseMessage response = await _app.SendAsync(With("mlops_setup_" + Secret, HttpMethod.Post, "/api/v1/tokens", """{"name": "No Name", "role": "viewer"}"""));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("token-name", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_TwoAtATime_AreKeptApart()
    {
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _app.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/api/v1/nothing-{i}"))));

        for (int i = 0; i < answers.Length; i++)
            Assert.Contains($"/api/v1/nothing-{i} ", await answers[i].Content.ReadAsStringAsync());
    }

    private static HttpRequestMessage With(string token, HttpMethod method, string path, string body) => new(method, path)
    {
        Content = new StringContent(body, Encoding.UTF8, "application/json"),
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };
}
