using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Server;

namespace MlOps.Cli.Tests.Moving;

/// <summary>Two servers, which all tests of a class share; experiments of each test have names of their own.</summary>
public sealed class TwoServers : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();

    internal MlOpsServer Here { get; private set; } = null!;

    internal MlOpsServer There { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Here = await StartAsync("here");
        There = await StartAsync("there");
    }

    public async Task DisposeAsync()
    {
        await Here.DisposeAsync();
        await There.DisposeAsync();
        _folder.Dispose();
    }

    private Task<MlOpsServer> StartAsync(string name) =>
        MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder[name]), Urls = ["http://127.0.0.1:0"] }, default);
}

public abstract class MoveTest(TwoServers servers) : IClassFixture<TwoServers>, IDisposable
{
    private protected TempDirectory Folder { get; } = new();

    private protected ExperimentTracker Here => servers.Here.Platform.Experiments;

    private protected ExperimentTracker There => servers.There.Platform.Experiments;

    private protected ModelRegistry Registry => servers.Here.Platform.Registry;

    private protected ModelRegistry RegistryThere => servers.There.Platform.Registry;

    private protected string AddressHere => servers.Here.Urls[0];

    private protected string AddressThere => servers.There.Urls[0];

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<Cli> ImportAsync(params string[] args) => Cli.RunAsync(["import", "mlflow", "--server", servers.Here.Urls[0], "--json", .. args]);

    private protected Task<Cli> ImportFromThereAsync(string experiment) => ImportAsync("--tracking-uri", servers.There.Urls[0], "--experiments", experiment);

    private protected Task<Cli> ExportAsync(string experiment) =>
        Cli.RunAsync("export", "mlflow", "--server", servers.Here.Urls[0], "--tracking-uri", servers.There.Urls[0], "--json", "--experiments", experiment);

    /// <summary>Runs copied, there already, failed.</summary>
    private protected static (int Copied, int Unchanged, int Failed) Counts(Cli run) =>
        (Sum(run, "copied"), Sum(run, "unchanged"), Sum(run, "failed"));

    private static int Sum(Cli run, string what) => run.Json["experiments"]!.AsArray().Sum(e => (int)e![what]!);

    private protected static async Task<string> TextAsync(ExperimentTracker tracker, string runId, string path)
    {
        using var reader = new StreamReader(await tracker.OpenArtifactAsync(runId, path, default));
        return await reader.ReadToEndAsync();
    }
}
