using System.Diagnostics;
using System.Runtime.InteropServices;
using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>`mlops` as a process of its own, with its own signals and its own environment.</summary>
internal sealed class CliProcess : IDisposable
{
    private const int Interrupt = 2;
    private const int TerminateSignal = 15;

    private readonly Process _process;
    private readonly Task<string> _error;

    private CliProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <param name="temporary">The process's temporary directory; null: this one's.</param>
    /// <param name="settings">Environment variables more.</param>
    public static CliProcess Start(string[] args, string? temporary = null, params (string Name, string Value)[] settings)
    {
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        string[] command = [host, Path.Combine(AppContext.BaseDirectory, "mlops.dll"), .. args];

        // What a shell or CI runs in the background ignores Ctrl-C, and hands that down to us and to what we start.
        if (OperatingSystem.IsLinux())
            command = ["env", "--default-signal=INT", .. command];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (temporary is not null)
            start.Environment["TMPDIR"] = temporary;
        foreach ((string name, string value) in settings)
            start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }

    public static async Task<Cli> RunAsync(string[] args, string? temporary = null)
    {
        using CliProcess process = Start(args, temporary);
        return await process.EndAsync();
    }

    /// <summary>Reads what it says until a line has this in it; the lines so far.</summary>
    public async Task<string> SaysAsync(string text)
    {
        using CancellationTokenSource patience = Patience();
        string said = "";
        while (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            said += line + '\n';
            if (line.Contains(text, StringComparison.Ordinal))
                return said;
        }

        throw new InvalidOperationException($"the process ended before it said '{text}':\n{said}{await _error}");
    }

    /// <summary>What Ctrl-C sends.</summary>
    public void PressCtrlC() => Assert.Equal(0, Kill(_process.Id, Interrupt));

    /// <summary>What a container's host and <c>kill</c> send.</summary>
    public void Terminate() => Assert.Equal(0, Kill(_process.Id, TerminateSignal));

    public async Task<Cli> EndAsync()
    {
        using CancellationTokenSource patience = Patience();
        string output = await _process.StandardOutput.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
        return new Cli(_process.ExitCode, output, await _error);
    }

    public void Dispose()
    {
        // Until it is gone it may write into the directory that its test removes next.
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static CancellationTokenSource Patience() => new(Eventually.Patience);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
