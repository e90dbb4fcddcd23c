using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MlOps.Cli.Quickstart;
using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>A quickstart whose predictions fail is a quickstart that failed.</summary>
public sealed class TrafficGeneratorTests
{
    [Theory]
    [InlineData(500, "broken")]
    [InlineData(200, "{}")]
    [InlineData(200, "no json")]
    public async Task Check_AfterAPredictionThatFailed_NamesTheFirstError(int status, string body)
    {
        await using WebApplication server = WebApplication.CreateSlimBuilder().Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.MapFallback(() => Results.Text(body, statusCode: status));
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
        await using var traffic = new TrafficGenerator(http, "churn");
        traffic.Check();

        traffic.Send((await SampleData.LoadAsync(default)).Live, 50);
        await Eventually.TrueAsync(() => traffic.Failed > 0, "a prediction failed");

        MlOpsException failed = Assert.Throws<MlOpsException>(traffic.Check);
        Assert.Equal(1, ExitCodes.For(failed.Kind));
        Assert.NotNull(traffic.FirstError);
        Assert.Contains(traffic.FirstError, failed.Message, StringComparison.Ordinal);
    }
}
