using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MlOps.Bench.Tracking;

/// <summary>A folder with the published server and the data of what is measured, and how the servers are started.</summary>
internal sealed class TrackingPlace : IDisposable
{
    private readonly string _root;
    private readonly string? _python;
    private readonly bool _keep;
    private int _data;

    private TrackingPlace(string root, string? python, bool keep) => (_root, _python, _keep) = (root, python, keep);

    public bool HasPeer => _python is not null;

    /// <param name="kept">Where the published server stays; null for a folder that is removed.</param>
    public static async Task<TrackingPlace> MakeAsync(string? kept, bool withPeer)
    {
        string root = Path.GetFullPath(kept ?? Path.Combine(Path.GetTempPath(), "bench-tracking-" + Guid.NewGuid().ToString("N")));
        string? python = withPeer ? Environment.GetEnvironmentVariable("MLOPS_MLFLOW_PYTHON") : null;
        var place = new TrackingPlace(root, python, kept is not null);
        if (!File.Exists(place.Program))
            await ToolAsync("dotnet", "publish", Path.Combine("src", "Cli"), "-c", "Release", "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "--self-contained", "true", "-o", Path.GetDirectoryName(place.Program)!, "-v", "q", "--nologo");
        if (python is null)
            Console.WriteLine("MLflow's own server is not measured here (MLOPS_MLFLOW_PYTHON names no Python): compare with its published figures.\n");
        return place;
    }

    /// <summary>A folder for one server's data.</summary>
    public string NewData()
    {
        string data = Path.Combine(_root, $"data-{Environment.ProcessId}-{_data++}");
        Directory.CreateDirectory(data);
        return data;
    }

    public TrackedServer Ours(string data) => Start(url => ["env", Program, "--data", data, "serve", "--urls", url]);

    /// <summary>With its default four workers, on SQLite.</summary>
    public TrackedServer Peer(string data) => Start(url =>
    [
        "env", "MLFLOW_DISABLE_TELEMETRY=true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false", _python!, "-m", "mlflow", "server", "--host", "127.0.0.1",
        "--port", new Uri(url).Port.ToString(CultureInfo.InvariantCulture), "--backend-store-uri", $"sqlite:///{data}/mlflow.db", "--artifacts-destination", Path.Combine(data, "artifacts"),
    ]);

    public void Remove(string data) => Directory.Delete(data, recursive: true);

    public void Dispose()
    {
        if (!_keep)
            Directory.Delete(_root, recursive: true);
    }

    private string Program => Path.Combine(_root, "published", "mlops");

    private static TrackedServer Start(Func<string, string[]> line)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        string url = $"http://{free.LocalEndpoint}";
        free.Stop();
        return TrackedServer.Start(line(url), url);
    }

    private static async Task ToolAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {output}");
    }
}
