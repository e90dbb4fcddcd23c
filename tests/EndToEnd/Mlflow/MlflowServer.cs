using System.Diagnostics;
using System.Text;
using MlOps.Contracts;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>MLflow's own server as a process, on a free port of 127.0.0.1, with a fresh SQLite file and folder.</summary>
internal sealed class MlflowServer : IAsyncDisposable
{
    /// <summary>What its Python must have.</summary>
    public const string Modules = "mlflow, flask, sqlalchemy, alembic, uvicorn";

    private readonly TempDirectory _folder = new();
    private readonly StringBuilder _said = new();
    private readonly Process _process;

    private MlflowServer()
    {
        int port = WebhookReceiver.FreePort();
        Url = $"http://127.0.0.1:{port}";
        _process = Python.Start(
            ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", $"{port}", "--workers", "1", "--backend-store-uri", $"sqlite:///{_folder["mlflow.db"]}", "--artifacts-destination", _folder["artifacts"]],
            new Dictionary<string, string> { ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false" });
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Url { get; }

    /// <summary>Once it answers.</summary>
    public static async Task<MlflowServer> StartAsync()
    {
        var server = new MlflowServer();
        using var http = new HttpClient();
        try
        {
            await Eventually.TrueAsync(async () => await server.AnswersAsync(http), "MLflow's server answers", TimeSpan.FromMinutes(4), TimeSpan.FromMilliseconds(200));
        }
        catch (Exception e)
        {
            await server.DisposeAsync();
            throw new InvalidOperationException($"MLflow's server did not start: {server._said}", e);
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> AnswersAsync(HttpClient http)
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"it ended with {_process.ExitCode}");
        try
        {
            return (await http.GetAsync(new Uri($"{Url}/health"))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
    }
}
