using System.Diagnostics;
using System.Text.RegularExpressions;
using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>The README's commands, run as they stand (but for the port, which may be taken here).</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task GoOn_EveryLine_Succeeds()
    {
        Skip.If(OperatingSystem.IsWindows() || !HasCurl(), "the lines are for a Unix shell with curl");
        Directory.CreateSymbolicLink(_folder["samples"], Path.Combine(AppContext.BaseDirectory, "samples"));
        string[] lines = Lines();
        Assert.StartsWith("mlops serve ", lines[0], StringComparison.Ordinal);
        int port = WebhookReceiver.FreePort();
        using CliProcess serving = CliProcess.Start(["serve", "--urls", $"http://127.0.0.1:{port}", "--data", _folder[".mlops"]]);
        await serving.SaysAsync("listening on");

        foreach (string line in lines[1..])
            await RunAsync(line.Replace("localhost:5000", $"localhost:{port}", StringComparison.Ordinal));

        await Eventually.TrueAsync(
            async () => (await Cli.RunAsync("pipeline", "list", "--data", _folder[".mlops"], "--json")).Json.AsArray().Any(r => (string)r!["trigger"]!["reason"]! == "newData"),
            "the newer data started the pipeline");
    }

    private static string[] Lines()
    {
        string readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        Match block = Regex.Match(readme, "## Go on.*?```sh\n(?<lines>.*?)```", RegexOptions.Singleline);
        return block.Groups["lines"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>One line in a shell that knows `mlops` and stops at the first command that fails.</summary>
    private async Task RunAsync(string line)
    {
        string mlops = $"mlops() {{ dotnet '{Path.Combine(AppContext.BaseDirectory, "mlops.dll")}' \"$@\"; }}";
        var start = new ProcessStartInfo("sh", ["-ec", $"{mlops}\ncurl() {{ command curl --fail \"$@\"; }}\n{line.Replace("; ", "\n", StringComparison.Ordinal)}"])
        {
            WorkingDirectory = _folder.FullPath,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{line}\n{output}\n{await error}");
    }

    private static bool HasCurl() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "curl")));
}
