using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>`mlops gc` on a directory that a server holds, as over --server.</summary>
public sealed class GcCommandTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Gc_DryRunThenReal_ListsBytesThenRemoves()
    {
        await using MlOpsServer server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder["data"]), Urls = ["http://127.0.0.1:0"] }, default);
        ExperimentTracker tracker = server.Platform.Experiments;
        await tracker.StartRunAsync(new RunStart("r1", "churn", "a run", RunLineage.None, RunChanges.NoTexts), default);
        await tracker.LogArtifactAsync("r1", "a.txt", new MemoryStream([1, 2, 3]), default);
        await tracker.DeleteRunAsync("r1", default);

        Cli young = await RunAsync("gc", "--json");
        Cli dry = await RunAsync("gc", "--older-than", "0s", "--dry-run");
        Cli over = await Cli.RunAsync("gc", "--run-ids", "r1", "--server", server.Urls[0], "--json");
        Cli again = await RunAsync("gc", "--run-ids", "r1", "--json");

        Assert.Equal((0, 0), (young.ExitCode, young.Json["items"]!.AsArray().Count));
        Assert.Contains("1 would be removed, 3 bytes in 1 files", dry.Output, StringComparison.Ordinal);
        Assert.Equal((0, 1, 3), (over.ExitCode, (int)over.Json["removed"]!, (int)over.Json["bytes"]!));
        Assert.Equal((2, "run-missing"), (again.ExitCode, (string)again.Json["error"]!["code"]!));
    }

    [Theory]
    [InlineData("30")]
    [InlineData("d")]
    [InlineData("1h2d")]
    public async Task Gc_AgeThatIsNone_IsRefusedWithWhatIsAllowed(string age)
    {
        Cli run = await RunAsync("gc", "--older-than", age);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("1d12h30m", run.Error, StringComparison.Ordinal);
    }

    private Task<Cli> RunAsync(params string[] args) => Cli.RunAsync([.. args, "--data", _folder["data"]]);
}
