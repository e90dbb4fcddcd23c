using System.Text.Json;

namespace MlOps.EndToEnd.Killed;

internal sealed class WrittenArtifacts : KilledWrites
{
    private string _folder = "";

    protected override async Task PrepareAsync(MlflowCalls client) => _folder = $"0/{await client.NewRunAsync()}/artifacts/files";

    protected override Task WriteAsync(MlflowCalls client, int number) => client.PutAsync($"mlflow-artifacts/artifacts/{_folder}/{number}", ContentOf(number));

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        int[] found = [.. MlflowCalls.List(await client.GetAsync($"mlflow-artifacts/artifacts?path={_folder}"), "files").Select(file => Numbers.Of(MlflowCalls.Text(file, "path")))];
        foreach (int number in found)
            Assert.Equal(ContentOf(number), await client.BytesAsync($"mlflow-artifacts/artifacts/{_folder}/{number}"));
        return found;
    }

    private static byte[] ContentOf(int number)
    {
        byte[] content = new byte[300_000];
        new Random(number).NextBytes(content);
        return content;
    }
}

/// <summary>A version and the alias that is moved to it, two calls.</summary>
internal sealed class WrittenVersions : KilledWrites
{
    private const string Model = "killed";

    protected override Task PrepareAsync(MlflowCalls client) => client.PostAsync("mlflow/registered-models/create", new { name = Model });

    protected override async Task WriteAsync(MlflowCalls client, int number)
    {
        JsonElement made = await client.PostAsync("mlflow/model-versions/create", new { name = Model, source = $"mlflow-artifacts:/models/{number}", description = $"{number}" });
        await client.PostAsync("mlflow/registered-models/alias", new { name = Model, alias = "champion", version = MlflowCalls.Text(made.GetProperty("model_version"), "version") });
    }

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        IReadOnlyList<JsonElement> versions = MlflowCalls.List(await client.GetAsync($"mlflow/model-versions/search?filter=name%3D'{Model}'&max_results=10000"), "model_versions");
        Assert.All(versions, version => Assert.Equal(Numbers.Of(MlflowCalls.Text(version, "version")) - 1, Numbers.Of(MlflowCalls.Text(version, "description"))));
        JsonElement champion = (await client.GetAsync($"mlflow/registered-models/alias?name={Model}&alias=champion")).GetProperty("model_version");
        Assert.InRange(Numbers.Of(MlflowCalls.Text(champion, "version")), Acknowledged, Acknowledged + 1);
        return versions.Select(version => Numbers.Of(MlflowCalls.Text(version, "description")));
    }
}

internal sealed class WrittenTraces : KilledWrites
{
    private const string Traces = "/api/3.0/mlflow/traces";

    protected override Task PrepareAsync(MlflowCalls client) => Task.CompletedTask;

    protected override Task WriteAsync(MlflowCalls client, int number) => client.PostAsync(Traces, new
    {
        trace = new
        {
            trace_info = new
            {
                trace_id = $"tr-{number}",
                trace_location = new { type = "MLFLOW_EXPERIMENT", mlflow_experiment = new { experiment_id = "0" } },
                request_time = "2026-01-01T00:00:00Z",
                execution_duration = "1s",
                state = "OK",
                tags = new Dictionary<string, string> { ["number"] = $"{number}" },
            },
        },
    });

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        var found = new List<int>();
        string? token = null;
        do
        {
            JsonElement page = await client.PostAsync(Traces + "/search", new { locations = new[] { new { type = "MLFLOW_EXPERIMENT", mlflow_experiment = new { experiment_id = "0" } } }, max_results = 500, page_token = token });
            foreach (JsonElement trace in MlflowCalls.List(page, "traces"))
            {
                found.Add(Numbers.Of(MlflowCalls.Text(trace.GetProperty("tags"), "number")));
                Assert.Equal(($"tr-{found[^1]}", "OK"), (MlflowCalls.Text(trace, "trace_id"), MlflowCalls.Text(trace, "state")));
            }

            token = page.TryGetProperty("next_page_token", out JsonElement next) ? next.GetString() : null;
        }
        while (token is not null);
        return found;
    }
}

/// <summary>A logged model with params, and its end, two calls.</summary>
internal sealed class WrittenLoggedModels : KilledWrites
{
    protected override Task PrepareAsync(MlflowCalls client) => Task.CompletedTask;

    protected override async Task WriteAsync(MlflowCalls client, int number)
    {
        JsonElement made = await client.PostAsync("mlflow/logged-models", new { experiment_id = "0", name = $"model-{number}", @params = new[] { new { key = "number", value = $"{number}" } } });
        string id = MlflowCalls.Text(made.GetProperty("model").GetProperty("info"), "model_id");
        await client.PostAsync($"mlflow/logged-models/{id}/params", new { @params = new[] { new { key = "more", value = $"{number}" } } });
    }

    protected override async Task<IEnumerable<int>> FindAsync(MlflowCalls client)
    {
        var found = new List<int>();
        string? token = null;
        do
        {
            JsonElement page = await client.PostAsync("mlflow/logged-models/search", new { experiment_ids = new[] { "0" }, max_results = 100, page_token = token });
            foreach (JsonElement model in MlflowCalls.List(page, "models"))
            {
                Dictionary<string, string> values = MlflowCalls.List(model.GetProperty("data"), "params").ToDictionary(p => MlflowCalls.Text(p, "key"), p => MlflowCalls.Text(p, "value"));
                found.Add(Numbers.Of(values["number"]));
                Assert.Equal($"model-{found[^1]}", MlflowCalls.Text(model.GetProperty("info"), "name"));
                Assert.True(found[^1] == Acknowledged || values["more"] == values["number"]);
            }

            token = page.TryGetProperty("next_page_token", out JsonElement next) ? next.GetString() : null;
        }
        while (token is not null);
        return found;
    }
}
