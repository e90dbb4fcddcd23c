using System.Diagnostics;
using System.Globalization;

namespace MlOps.EndToEnd;

/// <summary><c>mlops</c> as a process of its own, that can be killed.</summary>
internal sealed class MlopsProcess : IDisposable
{
    private readonly Process _process;

    private MlopsProcess(Process process) => _process = process;

    /// <summary>What it says; whoever does not read it to its end leaves the rest to <see cref="Drain"/>.</summary>
    public StreamReader Output => _process.StandardOutput;

    /// <summary>The most memory that it ever held, resident; on Linux.</summary>
    public long PeakBytes =>
        1_024 * long.Parse(File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>One whose output nobody reads.</summary>
    public static MlopsProcess Start(params string[] arguments)
    {
        MlopsProcess process = StartHeard(arguments);
        process.Drain();
        return process;
    }

    /// <param name="environment">Settings besides those of this process.</param>
    public static MlopsProcess StartHeard(string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(MlopsCommand.Host, [MlopsCommand.Program, .. arguments]) { RedirectStandardOutput = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new MlopsProcess(Process.Start(start)!);
    }

    /// <summary>A full pipe would hold it up.</summary>
    public void Drain() => _ = Output.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);

    /// <summary>With SIGKILL, and waits until it is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}
