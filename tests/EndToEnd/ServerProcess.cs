using System.Diagnostics;

namespace MlOps.EndToEnd;

/// <summary><c>mlops serve</c> as a process of its own, on a free port, that can be killed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Listening = "listening on ";

    private readonly Process _process;

    private ServerProcess(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    /// <param name="environment">Settings besides those of this process.</param>
    public static async Task<ServerProcess> StartAsync(string data, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(MlopsCommand.Host, [MlopsCommand.Program, "--data", data, "serve", "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (!line.StartsWith(Listening, StringComparison.Ordinal))
                continue;
            // Nobody reads on, and a full pipe would hold it up.
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return new ServerProcess(process, new Uri(line[Listening.Length..].Trim()));
        }

        throw new InvalidOperationException("the server ended before it listened");
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
