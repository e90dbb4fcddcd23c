using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlOps.Cli.Quickstart;
using MlOps.Contracts;
using MlOps.Learning.Tables;

namespace MlOps.Cli.Tests;

/// <summary>An alert of a server that runs, at both of its ends: the server's log, and the webhook of the pipeline file.</summary>
public sealed class AlertTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ADriftCheck_ThatAlarms_WarnsInTheLogAndCallsTheWebhook()
    {
        var calls = new ConcurrentQueue<(string Key, JsonNode Body)>();
        await using WebApplication hook = Hook(calls);
        await hook.StartAsync();
        using CliProcess serving = CliProcess.Start(["serve", "--urls", "http://127.0.0.1:0", "--data", _folder["data"]], settings: ("MLOPS_SECRET_CHAT", hook.Urls.Single() + "/secret"));
        string said = await serving.SaysAsync("listening on ");
        using var http = new HttpClient { BaseAddress = new Uri(said[said.LastIndexOf("http://", StringComparison.Ordinal)..].Trim()) };
        Cli refused = await RunPipelineAsync("secret:chatt");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("this server has no setting MLOPS_SECRET_CHATT", refused.Error + refused.Output);
        Cli run = await RunPipelineAsync("secret:chat");
        Assert.True(run.ExitCode == 0, run.Output);

        await DriftAsync(http);
        JsonNode report = (await Cli.RunAsync("drift", "churn", "--check", "--data", _folder["data"], "--json")).Json["report"]!;

        Assert.Equal("alarm", (string)report["status"]!);
        await serving.SaysAsync("Alert for model churn (Drift): ");
        await Eventually.TrueAsync(() => !calls.IsEmpty, "the webhook was called");
        (string key, JsonNode body) = calls.First();
        Assert.Equal(key, (string)body["id"]!);
        Assert.Equal((string)report["id"]!, (string)body["reportId"]!);
        Assert.Equal("secret:chat", (string)(await http.GetFromJsonAsync<JsonNode>("api/v1/drift/churn/policy"))!["policy"]!["webhook"]!);
        Assert.Contains("tenure", body["drifted"]!.AsArray().Select(d => (string)d!));
    }

    private static WebApplication Hook(ConcurrentQueue<(string, JsonNode)> calls)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication hook = builder.Build();
        hook.Urls.Add("http://127.0.0.1:0");
        hook.MapPost("/secret", async (HttpRequest request) =>
        {
            JsonNode body = (await request.ReadFromJsonAsync<JsonNode>())!;
            calls.Enqueue((request.Headers["Idempotency-Key"].ToString(), body));
            return Results.NoContent();
        });
        return hook;
    }

    private async Task<Cli> RunPipelineAsync(string webhook)
    {
        await File.WriteAllTextAsync(_folder["churn.yaml"], $$"""
            name: churn
            dataset: telco
            task: binary
            target: churn
            trainer: { use: gbdt, parameters: { trees: 5 } }
            rollout: { strategy: direct }
            monitoring:
              drift: { every: 1d, minRows: 100 }
              alert: { webhook: "{{webhook}}" }
            """);
        return await Cli.RunAsync("pipeline", "run", _folder["churn.yaml"], "--input", Samples.Head(Samples.Telco, 2000, _folder.FullPath), "--data", _folder["data"], "--json");
    }

    /// <summary>Requests of new customers on monthly contracts only.</summary>
    private static async Task DriftAsync(HttpClient http)
    {
        Table rows = (await SampleData.LoadAsync(default)).Drifted;
        for (int row = 0; row < 120; row++)
        {
            using HttpResponseMessage answer = await http.PostAsJsonAsync("v2/models/churn/infer", InferRequest.Of(rows, row, $"drift-{row}"));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }
}
