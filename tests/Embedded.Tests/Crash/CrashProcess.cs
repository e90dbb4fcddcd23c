using System.Diagnostics;

namespace MlOps.Embedded.Tests.Crash;

/// <summary>A run of tests/CrashHost that is killed with SIGKILL, and the lines it said before.</summary>
internal sealed class CrashProcess : IDisposable
{
    private readonly Process _process;

    private CrashProcess(Process process) => _process = process;

    public static CrashProcess Start(params string[] arguments)
    {
        string host = Path.Combine(AppContext.BaseDirectory, "MlOps.CrashHost.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", [host, .. arguments])
        {
            RedirectStandardOutput = true,
        };
        return new CrashProcess(Process.Start(start)!);
    }

    /// <summary>Reads until <paramref name="enough"/> lines were said, kills, and reads what was still in the pipe.</summary>
    public async Task<List<string>> KillAfterAsync(int enough)
    {
        var lines = new List<string>();
        while (lines.Count < enough && await _process.StandardOutput.ReadLineAsync() is { } line)
            lines.Add(line);
        Assert.False(_process.HasExited, "the host ended by itself: " + string.Join('\n', lines.TakeLast(5)));
        _process.Kill();
        string rest = await _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync();
        // A last line without its end was cut by the kill.
        lines.AddRange(rest.Split('\n')[..^1]);
        return lines;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
