using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Azure.Tests.Storage;
using MlOps.Contracts;
using MlOps.CrashHost;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Functions;

/// <summary>
/// The function app as a whole: requests, messages, timers, orchestrators and activities go through the worker with Durable's own
/// middleware and client, workflow state to its in-process store, data to the storage emulator.
/// </summary>
[Collection(WithAzurite.Name)]
public sealed class CloudPipelineTests(Azurite azurite) : IAsyncLifetime
{
    private const string Secret = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

    private readonly ExportedTelemetry _exported = new();

    private WorkerApp? _app;
    private DurableBackend? _durable;

    private WorkerApp App => _app!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_durable is not null)
            await _durable.DisposeAsync();
        if (_app is not null)
            await _app.DisposeAsync();
    }

    [SkippableFact]
    public async Task Upload_ToTheInbox_TrainsPromotesAndServes()
    {
        await StartAsync();
        await SendAsync(HttpMethod.Post, "/api/v1/pipelines", PipelineLoad.Yaml + "trigger: { newData: true }\n", "text/yaml");
        await PutAsync("shop/inbox/july.csv", PipelineLoad.Csv());

        await App.InvokeAsync("upload", "message", Event("shop/inbox/july.csv"));
        await App.InvokeAsync("upload", "message", Event("shop/inbox/july.csv"));

        PipelineRun run = await EndedAsync();
        Assert.Equal((PipelineEnd.Promoted, "shop@1"), (run.Result?.End, run.Trigger.Dataset));
        string served = await SendAsync(HttpMethod.Post, "/v2/models/shop/infer", """
            {"inputs": [{"name": "income", "shape": [1], "datatype": "FP64", "data": [90]}, {"name": "visits", "shape": [1], "datatype": "FP64", "data": [9]}]}
            """);
        Assert.Contains("Yes", served);

        // The policy that the pipeline set is due: the timer starts the check, which finds too few predictions to judge.
        await App.InvokeAsync("timer-due", "timer", """{"IsPastDue": false}""");
        await App.InvokeAsync("timer-retention", "timer", """{"IsPastDue": false}""");
        Assert.Single(JsonSerializer.Deserialize<JsonElement>(await SendAsync(HttpMethod.Get, "/api/v1/pipeline-runs")).GetProperty("items").EnumerateArray());

        _exported.Flush(App.Services);
        Assert.Contains("mlops.pipeline.runs", _exported.Metrics);
        Assert.Contains("mlops.predictions", _exported.Metrics);
        Assert.Contains("mlops.activity pipeline-train", _exported.Spans);
    }

    [SkippableFact]
    public async Task Training_LongerThanAnActivityMayTake_IsHandedOverAndGivesTheModelOfOneGo()
    {
        var time = new HurryingTime();
        await StartAsync(time);
        await PutAsync("long/inbox/july.csv", PipelineLoad.Csv());
        await App.InvokeAsync("upload", "message", Event("long/inbox/july.csv"));
        await SendAsync(HttpMethod.Post, "/api/v1/pipelines?run=true", PipelineLoad.Yaml.Replace("shop", "long", StringComparison.Ordinal).Replace("trees: 3", "trees: 6", StringComparison.Ordinal), "text/yaml");
        PipelineRun inOneGo = await EndedAsync("long");
        Assert.Equal(1, App.Invoked.Count(f => f == "pipeline-train"));

        time.Hurries = true;
        await SendAsync(HttpMethod.Post, "/api/v1/pipelines/long/runs");
        PipelineRun inPieces = await EndedAsync("long");

        Assert.NotEqual(inOneGo.Id, inPieces.Id);
        Assert.InRange(App.Invoked.Count(f => f == "pipeline-train"), 1 + 2, 1 + 6);
        Assert.NotNull(inOneGo.Result!.ModelDigest);
        Assert.Equal(inOneGo.Result.ModelDigest, inPieces.Result!.ModelDigest);
    }

    private async Task StartAsync(TimeProvider? time = null)
    {
        _app = await WorkerApp.StartAsync(new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = azurite.DurableConnectionString,
            ["MlOps:SetupTokenHash"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))),
        }, time, _exported.AddTo);
        _durable = await DurableBackend.StartAsync(_app);
    }

    private async Task<PipelineRun> EndedAsync(string pipeline = "shop")
    {
        PipelineRun? run = null;
        async Task<bool> HasEndedAsync()
        {
            JsonElement runs = JsonSerializer.Deserialize<JsonElement>(await SendAsync(HttpMethod.Get, $"/api/v1/pipelines/{pipeline}/runs"));
            run = WorkflowJson.Read<PipelineRun>(runs.GetProperty("items")[0].GetRawText());
            return run!.Result is not null || run.Failure is not null;
        }

        await Eventually.TrueAsync(HasEndedAsync, "the pipeline run has ended", TimeSpan.FromSeconds(60));
        Assert.Null(run!.Failure);
        return run;
    }

    private async Task<string> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, type) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "mlops_setup_" + Secret);
        using HttpResponseMessage response = await App.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return text;
    }

    private async Task PutAsync(string path, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await App.Cloud.Platform.Ports.Blobs.WriteAsync("datasets", path, content, BlobWriteOptions.Default, default);
    }

    /// <summary>When it hurries, ten minutes pass from one look at the stop watch to the next.</summary>
    private sealed class HurryingTime : TimeProvider
    {
        private long _ahead;

        public bool Hurries { get; set; }

        public override long GetTimestamp() =>
            base.GetTimestamp() + (Hurries ? Interlocked.Add(ref _ahead, 600 * TimestampFrequency) : Interlocked.Read(ref _ahead));
    }

    private static string Event(string path) => JsonSerializer.Serialize(
        new { subject = "/blobServices/default/containers/datasets/blobs/" + path, eventType = "Microsoft.Storage.BlobCreated", data = new { api = "PutBlob" } });
}
