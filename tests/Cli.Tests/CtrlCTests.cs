using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>Ctrl-C on real processes: the exit code, what is said, and that it is true.</summary>
public sealed class CtrlCTests : IDisposable
{
    private const string Pipeline = """
        name: churn
        dataset: telco
        task: binary
        target: churn
        trainer: { use: gbdt, parameters: { trees: 400 } }
        rollout: { strategy: direct }
        """;

    private readonly TempDirectory _folder = new();

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task PipelineRun_Stopped_IsKeptAndTheNextServerEndsIt()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs SIGINT");
        await File.WriteAllTextAsync(_folder["churn.yaml"], Pipeline);
        using CliProcess running = CliProcess.Start(["pipeline", "run", _folder["churn.yaml"], "--input", Samples.Telco, "--data", Data]);
        await running.SaysAsync("data");

        running.PressCtrlC();
        Cli stopped = await running.EndAsync();

        Assert.Equal(1, stopped.ExitCode);
        Assert.Contains("a run that had begun is kept", stopped.Error, StringComparison.Ordinal);
        using CliProcess serving = CliProcess.Start(["serve", "--urls", "http://127.0.0.1:0", "--data", Data]);
        await serving.SaysAsync("listening on http://127.0.0.1:");
        await Eventually.TrueAsync(async () => (string)(await Cli.RunAsync("pipeline", "list", "--data", Data, "--json")).Json[0]!["state"]! == "succeeded", "the run ended");
        serving.PressCtrlC();
        Assert.Equal(0, (await serving.EndAsync()).ExitCode);
    }

    [SkippableFact]
    public async Task Train_Stopped_WritesNothingAndSaysSo()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs SIGINT");
        string[] huge = ["--trainer", "gbdt", "--set", "trees=100000"];
        using CliProcess running = CliProcess.Start(["train", "--input", Samples.Telco, "--target", "churn", "--task", "binary", .. huge, "--out", _folder["m"]]);
        await running.SaysAsync("training");

        running.PressCtrlC();
        Cli stopped = await running.EndAsync();

        Assert.Equal(1, stopped.ExitCode);
        Assert.Contains("stopped; nothing was written", stopped.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.FullPath));
    }

    [SkippableFact]
    public async Task Serve_Terminated_EndsCleanly_AndTheDirectoryIsFree()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs SIGTERM");
        for (int i = 0; i < 2; i++)
        {
            using CliProcess serving = CliProcess.Start(["serve", "--urls", "http://127.0.0.1:0", "--data", Data]);
            await serving.SaysAsync("listening on http://127.0.0.1:");

            serving.Terminate();

            Assert.Equal(0, (await serving.EndAsync()).ExitCode);
        }
    }

    [SkippableFact]
    public async Task Quickstart_Stopped_LeavesNoDirectoryOfItsOwn()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs SIGINT");
        using CliProcess running = CliProcess.Start(["quickstart", "--urls", "http://[::1]:0"], _folder.FullPath);
        await running.SaysAsync("data in");

        running.PressCtrlC();
        Cli stopped = await running.EndAsync();

        Assert.Equal(1, stopped.ExitCode);
        Assert.Contains("a directory it made itself is removed", stopped.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_folder.FullPath, "mlops-quickstart-*"));
    }
}
