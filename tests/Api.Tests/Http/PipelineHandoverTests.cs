using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MlOps.Api.Tests.Http;

/// <summary>A host that has found an endpoint of its own for the request hands the request over, as the Functions worker does.</summary>
public sealed class PipelineHandoverTests : IAsyncLifetime
{
    private ApiHost _api = null!;

    public async Task InitializeAsync() => _api = await ApiHost.StartAsync(new ApiOptions { OpenOnLoopback = false }, (routes, platform) =>
    {
        RequestDelegate pipeline = MlOpsApi.BuildPipeline(routes.ServiceProvider, platform, new ApiOptions { Version = "handed-over" });
        routes.Map("/{*path}", (HttpContext http) => pipeline(http)).WithOrder(-1);
    });

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Theory]
    [InlineData("/api/v1/models", 200)]
    [InlineData("/health", 200)]
    [InlineData("/health/ready", 200)]
    [InlineData("/version", 200)]
    [InlineData("/v2", 200)]
    [InlineData("/api/v1/nothing", 404)]
    [InlineData("/nothing", 404)]
    public async Task Request_OfAnotherEndpoint_IsRoutedAnew(string path, int status) => Assert.Equal(status, (await _api.GetAsync(path)).Status);

    [Fact]
    public async Task Request_HandedOver_HasTheOptionsOfThePipeline() => Assert.Contains("handed-over", (await _api.GetAsync("/v2")).Body);

    [Fact]
    public async Task Request_PathValues_AreThoseOfTheSecondRouting() =>
        Assert.Contains("'churn'", (await _api.GetAsync("/api/v1/models/churn")).Problem(404, "model-missing"));
}
