using System.Net;
using System.Net.Sockets;
using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>`serve` as a process: it says where it is, answers there, and ends on Ctrl-C.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Serve_OnAFreePort_AnswersUntilCtrlC()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs SIGINT");
        using CliProcess serving = CliProcess.Start(["serve", "--urls", "http://127.0.0.1:0;http://[::1]:0", "--data", _folder["data"]]);
        string said = await serving.SaysAsync("Ctrl-C stops");
        string[] urls = [.. said.Split('\n').Where(l => l.StartsWith("listening on ", StringComparison.Ordinal)).Select(l => l["listening on ".Length..])];

        using var http = new HttpClient();
        foreach (string url in urls)
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(url + "/health/ready")).StatusCode);
        serving.PressCtrlC();
        Cli ended = await serving.EndAsync();

        Assert.Equal(2, urls.Length);
        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(ended.Error);
        Assert.False(File.Exists(_folder["data/server.json"]));
    }

    [Fact]
    public async Task Serve_OnABusyPort_SaysSoInOneLine()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        Cli refused = await CliProcess.RunAsync(["serve", "--urls", url, "--data", _folder["data"]]);

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith($"error: cannot listen on {url}: ", refused.Error, StringComparison.Ordinal);
        Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(refused.Output);
    }
}
