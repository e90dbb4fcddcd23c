using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Access;
using MlOps.Server;

namespace MlOps.EndToEnd;

/// <summary>HTTP/2 without TLS on the port of HTTP/1.1, under the same rules.</summary>
public sealed class Http2Tests(OneServer shared) : IClassFixture<OneServer>
{
    private readonly MlOpsServer _server = shared.Server;

    [Fact]
    public async Task APort_SpeaksBothVersions_AndManyRequestsShareAConnection()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Assert.Single(_server.Urls)) };

        HttpResponseMessage[] second = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => SendAsync(http, HttpVersion.Version20, "/v2")));
        HttpResponseMessage first = await SendAsync(http, HttpVersion.Version11, "/v2");

        Assert.All(second, r => Assert.Equal((HttpVersion.Version20, HttpStatusCode.OK), (r.Version, r.StatusCode)));
        Assert.Equal((HttpVersion.Version11, HttpStatusCode.OK), (first.Version, first.StatusCode));
    }

    [Fact]
    public async Task ARequestWithABody_IsAnsweredLikeOneOfHttp1()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_server.Urls[0]) };

        HttpResponseMessage missing = await SendAsync(http, HttpVersion.Version20, "/v2/models/nope/infer", new string('x', 300_000));

        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Contains("is wrong at", await missing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATokenIsAskedForOnceOneExists_AndAStopDoesNotWaitForWhoSaysNothing()
    {
        await using var own = new OneServer();
        await own.InitializeAsync();
        using var http = new HttpClient { BaseAddress = new Uri(own.Server.Urls[0]) };
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(http, HttpVersion.Version20, "/api/v1/models")).StatusCode);

        await own.Server.Platform.Access.CreateAsync("ann", Role.Viewer, default);
        await Eventually.TrueAsync(async () => (await SendAsync(http, HttpVersion.Version20, "/api/v1/models")).StatusCode == HttpStatusCode.Unauthorized, "a token is asked for");

        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, http.BaseAddress.Port);
        // Kestrel itself would wait 30 s for a connection that does not end.
        await own.StopAsync().WaitAsync(TimeSpan.FromSeconds(28));
    }

    [Theory]
    [InlineData("PRI *\r\n\r\n")]
    [InlineData("POST\r\n\r\n")]
    public async Task ABeginningThatIsNeither_IsRefusedAsHttp1(string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(_server.Urls[0]).Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(bytes));

        Assert.StartsWith("HTTP/1.1 400", await new StreamReader(client.GetStream()).ReadToEndAsync(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Curl_ByPriorKnowledge_IsAnswered()
    {
        (int code, string answer) = await RunAsync("curl", "--silent", "--http2-prior-knowledge", "--write-out", " %{http_version} %{http_code}", _server.Urls[0] + "/v2/health/live");

        Skip.If(code == 2, "this curl has no HTTP/2");
        Assert.Equal("{\"live\":true} 2 200", answer);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, Version version, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (body is not null)
            request.Content = new StringContent(body);
        return await http.SendAsync(request);
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException($"{program} is absent");
        }
    }
}
