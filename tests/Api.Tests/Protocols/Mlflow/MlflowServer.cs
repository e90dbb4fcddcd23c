using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

/// <summary>One API for all tests of MLflow's protocol, each in experiments of its own.</summary>
public sealed class MlflowServer : IAsyncLifetime
{
    private int _experiments;

    public ApiHost Api { get; private set; } = null!;

    public async Task InitializeAsync() => Api = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await Api.DisposeAsync();

    public Task<ApiAnswer> GetAsync(string path) => Api.GetAsync("/api/2.0/mlflow/" + path);

    public Task<ApiAnswer> PostAsync(string path, string body) => Api.PostTextAsync("/api/2.0/mlflow/" + path, body);

    /// <summary>Asserts 200.</summary>
    public async Task<JsonElement> OkAsync(string path, string? body = null)
    {
        ApiAnswer answer = body is null ? await GetAsync(path) : await PostAsync(path, body);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    public async Task<string> NewExperimentAsync(string? name = null) =>
        (await OkAsync("experiments/create", $$"""{"name":"{{name ?? $"experiment {Interlocked.Increment(ref _experiments)}"}}"}""")).GetProperty("experiment_id").GetString()!;

    public async Task<string> NewRunAsync(string? experiment = null, string more = "") =>
        (await OkAsync("runs/create", $$"""{"experiment_id":"{{experiment ?? await NewExperimentAsync()}}"{{more}}}""")).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;

    public async Task<JsonElement> RunAsync(string id) => (await OkAsync($"runs/get?run_id={id}")).GetProperty("run");
}

[CollectionDefinition(Name)]
public sealed class MlflowTests : ICollectionFixture<MlflowServer>
{
    public const string Name = "mlflow";
}
