using System.Diagnostics;

namespace MlOps.EndToEnd;

/// <summary><c>mlops</c> as a process of its own, that can be killed.</summary>
internal sealed class MlopsProcess : IDisposable
{
    private readonly Process _process;

    private MlopsProcess(Process process) => _process = process;

    public static MlopsProcess Start(params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo(MlopsCommand.Host, [MlopsCommand.Program, .. arguments]) { RedirectStandardOutput = true })!;
        // Nobody reads it, and a full pipe would hold it up.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        return new MlopsProcess(process);
    }

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
