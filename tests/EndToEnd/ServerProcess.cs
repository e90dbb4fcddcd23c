using MlOps.Contracts;

namespace MlOps.EndToEnd;

/// <summary><c>mlops serve</c> as a process of its own, on a free port, that can be killed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Listening = "listening on ";

    private readonly MlopsProcess _process;

    private ServerProcess(MlopsProcess process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    /// <inheritdoc cref="MlopsProcess.PeakBytes"/>
    public long PeakBytes => _process.PeakBytes;

    /// <param name="environment">Settings besides those of this process.</param>
    public static async Task<ServerProcess> StartAsync(string data, IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = MlopsProcess.StartHeard(["--data", data, "serve", "--urls", "http://127.0.0.1:0"], environment);
        try
        {
            Uri url = await ListeningAsync(process.Output);
            process.Drain();
            return new ServerProcess(process, url);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    private static async Task<Uri> ListeningAsync(StreamReader output)
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        while (await output.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith(Listening, StringComparison.Ordinal))
                return new Uri(line[Listening.Length..].Trim());
        }

        throw new InvalidOperationException("the server ended before it listened");
    }

    /// <inheritdoc cref="MlopsProcess.Kill"/>
    public void Kill() => _process.Kill();

    public void Dispose() => _process.Dispose();
}
