using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Api;
using MlOps.Contracts;
using MlOps.Embedded;

namespace MlOps.EndToEnd;

/// <summary>What a probe is told when the metadata store is gone while the process lives.</summary>
public sealed class HealthTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ready_WhenTheStoreIsAway_Is503_AndTheProcessIsStillAlive()
    {
        EmbeddedPlatform embedded = await EmbeddedPlatform.OpenAsync(_folder["mlops.db"], _folder["blobs"], TimeProvider.System, NullLoggerFactory.Instance, null, default);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using WebApplication web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        web.MapMlOpsApi(embedded.Platform);
        await web.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(web.Urls.Single()) };
        string[] probes = ["/health/ready", "/v2/health/ready", "/health/live", "/v2/health/live"];

        HttpStatusCode[] before = await Task.WhenAll(probes.Select(async p => (await http.GetAsync(p)).StatusCode));
        await embedded.DisposeAsync();
        HttpStatusCode[] after = await Task.WhenAll(probes.Select(async p => (await http.GetAsync(p)).StatusCode));

        Assert.All(before, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.OK], after);
        Assert.Contains("store-away", await (await http.GetAsync("/health/ready")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
