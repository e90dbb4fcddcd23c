using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MlOps.Cli.Tests;

/// <summary>
/// What the whole process allocates for a request, by the server as it serves: a prediction beside an echo of the same JSON, both behind the
/// same Kestrel, asked by a client that allocates nothing.
/// </summary>
[Collection(AloneTests.Name)]
public sealed class AnswerAllocationTests
{
    /// <summary>Bytes of a prediction beyond those of the echo; docs/serving.md says what they are.</summary>
    private const int Bound = 800;

    private const int Requests = 2_000;

    /// <summary>Measured until one is as low as it is to be: what else the process does now and then only adds to them, the more the slower the machine.</summary>
    private const int Turns = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Predict_OfOneRow_AllocatesLittleMoreThanAnEcho(bool sharesThread)
    {
        await using NumbersServer numbers = await NumbersServer.StartAsync(sharesThread);
        await using WebApplication echo = await EchoAsync();

        double echoed = BytesARequest(new Uri(echo.Urls.First()), 0, 5);
        double ours = BytesARequest(numbers.Url, echoed + Bound, Turns);

        Assert.InRange(ours, 0, echoed + Bound);
    }

    /// <summary>The least of so many turns, or of fewer, once one is low enough.</summary>
    private static double BytesARequest(Uri url, double enough, int turns)
    {
        using var client = new Client(url);
        // More than a segment of the log has rows: from then on its memory is used again.
        client.Ask(45_000);
        double least = double.MaxValue;
        for (int turn = 0; turn < turns && least > enough; turn++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            client.Ask(Requests);
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Requests);
        }

        return least;
    }

    private static async Task<WebApplication> EchoAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        web.MapPost("/predict", async http =>
        {
            ReadResult read = await http.Request.BodyReader.ReadAsync();
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = read.Buffer.Length;
            await http.Response.BodyWriter.WriteAsync(read.Buffer.First);
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
        });
        await web.StartAsync();
        return web;
    }

    /// <summary>Asks for the same prediction again and again on one connection.</summary>
    private sealed class Client : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _request;
        private readonly byte[] _answer = new byte[4096];

        public Client(Uri url)
        {
            const string body = """{"features": [80.5, 1]}""";
            _request = Encoding.ASCII.GetBytes($"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{url.Port}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            _socket.Connect(IPAddress.Loopback, url.Port);
        }

        public void Ask(int times)
        {
            for (int i = 0; i < times; i++)
            {
                _socket.Send(_request);
                int length = 0;
                do
                    length += _socket.Receive(_answer.AsSpan(length));
                while (_answer[length - 1] != '}');
                if (!_answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8))
                    throw new InvalidOperationException(Encoding.ASCII.GetString(_answer, 0, length));
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
