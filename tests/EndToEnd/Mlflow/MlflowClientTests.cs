using MlOps.Contracts;
using MlOps.Domain.Access;
using MlOps.Domain.Experiments;
using MlOps.Server;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>
/// MLflow's own Python client against a server of ours, a script a theme. Needs a Python that can import <c>mlflow</c>: <c>python3</c>,
/// or the one that <c>MLOPS_MLFLOW_PYTHON</c> names (see docs/mlflow.md, Checking it yourself).
/// </summary>
public sealed class MlflowClientTests : IDisposable
{
    // Receivers of webhooks are on this machine.
    private static readonly Dictionary<string, string> Settings = new() { ["MLFLOW_WEBHOOK_ALLOWED_SCHEMES"] = "https,http", ["MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS"] = "true" };

    private readonly TempDirectory _folder = new();

    [SkippableTheory]
    [InlineData("experiments")]
    [InlineData("runs")]
    [InlineData("run_search")]
    [InlineData("metrics")]
    [InlineData("inputs")]
    [InlineData("logged_models")]
    [InlineData("traces")]
    [InlineData("evaluation_datasets")]
    [InlineData("scorers")]
    [InlineData("issues")]
    [InlineData("artifacts")]
    [InlineData("registry")]
    [InlineData("prompts")]
    [InlineData("webhooks")]
    [InlineData("models")]
    [InlineData("served_models")]
    public async Task Client_OfMlflow_IsAnsweredAsByMlflow(string script)
    {
        await Python.NeedAsync("mlflow");
        using ServerProcess server = await ServerProcess.StartAsync(_folder["data"], Settings);

        await ClientScript.RunAsync(script, UrlOf(server));
    }

    [SkippableFact]
    public async Task Client_WithTokens_MayWhatItsRoleMay()
    {
        await Python.NeedAsync("mlflow");
        await using MlOpsServer server = await ServeAsync();
        string[] tokens = await Task.WhenAll(((Role[])[Role.Viewer, Role.Contributor, Role.Admin]).Select(role => server.Platform.Access.CreateAsync($"{role}".ToLowerInvariant(), role, default)));

        await ClientScript.RunAsync("auth", server.Urls[0], tokens);
    }

    [SkippableFact]
    public async Task Client_LogsRuns_AndWeSeeTheSame()
    {
        await Python.NeedAsync("mlflow");
        await using MlOpsServer server = await ServeAsync();

        await ClientScript.RunAsync("fill", server.Urls[0]);

        ExperimentTracker tracker = server.Platform.Experiments;
        Run run = await tracker.ListRunsAsync("moving ü", default).FirstAsync(r => r.Name == "parent");
        Assert.Equal(("6", 1.0 / 30, RunStatus.Finished), (run.Params["depth"], run.Metrics["val loss"], run.Status));
        Assert.Contains("notes/n.txt", (await tracker.ListArtifactsAsync(run.Id, default)).Select(a => a.Path));
    }

    [SkippableFact]
    public async Task Copies_ToMlflowsServerAndBack_AreWhatTheClientLogged()
    {
        await Python.NeedAsync("mlflow");
        await Python.NeedAsync(MlflowServer.Modules);
        Skip.If((await Python.VersionAsync()).StartsWith("2.", StringComparison.Ordinal), "traces are exported to servers of MLflow 3");
        using ServerProcess here = await ServerProcess.StartAsync(_folder["data"], Settings);
        await ClientScript.RunAsync("fill", UrlOf(here));
        await using MlflowServer mlflow = await MlflowServer.StartAsync();

        await MlopsCommand.RunAsync("--data", _folder["data"], "export", "mlflow", "--tracking-uri", mlflow.Url);
        await ClientScript.RunAsync("moved", mlflow.Url);
        await MlopsCommand.RunAsync("--data", _folder["home"], "import", "mlflow", "--tracking-uri", mlflow.Url);

        using ServerProcess home = await ServerProcess.StartAsync(_folder["home"], Settings);
        await ClientScript.RunAsync("moved", UrlOf(home));
    }

    public void Dispose() => _folder.Dispose();

    private static string UrlOf(ServerProcess server) => server.Url.GetLeftPart(UriPartial.Authority);

    private Task<MlOpsServer> ServeAsync() =>
        MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder["data"]), Urls = ["http://127.0.0.1:0"], Timers = false }, default);
}
