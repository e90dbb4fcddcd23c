using System.Net.Http.Json;
using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>`mlops model history | rollback` on a model that MLflow's client registered.</summary>
public sealed class ModelAliasCommandTests : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();
    private MlOpsServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder["data"]), Urls = ["http://127.0.0.1:0"] }, default);
        using var http = new HttpClient { BaseAddress = new Uri(_server.Urls[0]) };
        await PostAsync(http, "registered-models/create", new { name = "churn" });
        for (int version = 1; version <= 3; version++)
        {
            await PostAsync(http, "model-versions/create", new { name = "churn", source = $"mlflow-artifacts:/models/{version}" });
            await PostAsync(http, "registered-models/alias", new { name = "churn", alias = "champion", version = $"{version}" });
        }
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Rollback_PointsTheAliasBack_AndHistoryTellsIt()
    {
        Cli before = await RunAsync("model", "history", "churn", "champion", "--json");
        Cli back = await RunAsync("model", "rollback", "churn", "champion", "--expected", "3", "--json");
        Cli told = await RunAsync("model", "rollback", "churn", "champion");
        Cli after = await RunAsync("model", "history", "churn", "champion", "--json");
        Cli table = await RunAsync("model", "history", "churn", "champion");

        Assert.Equal([3, 2, 1], Versions(before));
        Assert.Equal((0, 2), (back.ExitCode, (int)back.Json["aliases"]!["champion"]!));
        Assert.Equal((0, "churn: @champion -> 1"), (told.ExitCode, told.Output.Trim()));
        Assert.Equal([1, 2, 3, 2, 1], Versions(after));
        Assert.Equal([true, true, false, false, false], after.Json.AsArray().Select(p => (bool)p!["rolledBack"]!));
        Assert.Equal((0, true), (table.ExitCode, table.Output.Contains("(rollback)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Rollback_ThatCannotBe_FailsAndSaysWhy()
    {
        Cli moved = await RunAsync("model", "rollback", "churn", "champion", "--expected", "2", "--json");
        Cli never = await RunAsync("model", "rollback", "churn", "blue", "--json");
        Cli missing = await RunAsync("model", "history", "nothing", "champion", "--json");
        Cli none = await RunAsync("model", "history", "churn", "blue", "--json");
        Cli wrong = await RunAsync("model", "rollback", "churn", "champion", "--expected", "0");

        Assert.Equal([(1, "alias-moved"), (1, "alias-no-previous"), (2, "model-missing")], new[] { moved, never, missing }.Select(run => (run.ExitCode, (string)run.Json["error"]!["code"]!)));
        Assert.Equal((0, 0), (none.ExitCode, none.Json.AsArray().Count));
        Assert.Equal(2, wrong.ExitCode);
        Assert.Equal([3, 2, 1], Versions(await RunAsync("model", "history", "churn", "champion", "--json")));
    }

    private static IEnumerable<int> Versions(Cli history) => history.Json.AsArray().Select(p => (int)p!["version"]!);

    private Task<Cli> RunAsync(params string[] args) => Cli.RunAsync([.. args, "--server", _server.Urls[0]]);

    private static async Task PostAsync(HttpClient http, string call, object body)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync("api/2.0/mlflow/" + call, body);
        answer.EnsureSuccessStatusCode();
    }
}
