using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>
/// The two ends of the socket of a data directory: an owner serves to the end whom it has greeted; a command sends nothing to one
/// that did not greet it, and nothing twice that may have been done.
/// </summary>
public sealed class OwnerTests : IDisposable
{
    private const string Greeting = "HTTP/1.1 100 Continue\r\n\r\n";
    private const string EmptyPage = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{\"items\":[]}";

    private readonly TempDirectory _folder = new();

    private DataDirectory Data => new(_folder["data"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AnOwnerThatStops_ServesAGreetedConnectionFirst_AndGreetsNobodyAfter()
    {
        MlOpsServer server = await MlOpsServer.StartAsync(new ServerOptions { Data = Data, Drain = TimeSpan.FromMinutes(1) }, default);
        await using Stream greeted = (await LocalSocket.TryConnectAsync(Data.Socket, default))!;

        Task stopping = server.DisposeAsync().AsTask();
        Assert.False(stopping.IsCompleted);
        await greeted.WriteAsync("GET /health/live HTTP/1.1\r\nHost: mlops\r\nConnection: close\r\n\r\n"u8.ToArray());
        string answer = await new StreamReader(greeted).ReadToEndAsync();
        await stopping;

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Null(await LocalSocket.TryConnectAsync(Data.Socket, default));
    }

    [Fact]
    public async Task ACommand_WhoseReadingBreaksOff_ReadsAgain()
    {
        await using var owner = new Owner(Data, _folder["s"], ["", Greeting, Greeting + EmptyPage]);

        Cli listed = await Cli.RunAsync("model", "list", "--data", Data.Root, "--json");

        Assert.True(listed.ExitCode == 0, listed.Output);
        Assert.Equal(2, owner.Requests);
    }

    [Theory]
    [InlineData("token", "create", "me")]
    [InlineData("token", "revoke", "me")]
    public async Task ACommand_WhoseChangeBreaksOff_DoesNotSendItAgainAndSaysThatItMayBeDone(params string[] args)
    {
        await using var owner = new Owner(Data, _folder["s"], ["", Greeting, Greeting + EmptyPage]);

        Cli changed = await Cli.RunAsync([.. args, "--data", Data.Root, "--json"]);

        Assert.Equal(1, changed.ExitCode);
        Assert.Equal("server-away", (string)changed.Json["error"]!["code"]!);
        Assert.Contains("may have been done", (string)changed.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal(1, owner.Requests);
    }

    /// <summary>Holds a data directory as another process would, and answers each connection with the next of its answers; an empty one closes it at once.</summary>
    private sealed class Owner : IAsyncDisposable
    {
        private readonly FileStream _lock;
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly Task _serving;
        private int _requests;

        public Owner(DataDirectory directory, string socket, string[] answers)
        {
            Directory.CreateDirectory(directory.Root);
            _lock = new FileStream(Path.Combine(directory.Root, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(directory.Announcement, JsonSerializer.Serialize(new ServerAnnouncement(1, [], socket), JsonSerializerOptions.Web));
            _listener.Bind(new UnixDomainSocketEndPoint(socket));
            _listener.Listen();
            _serving = ServeAsync(answers);
        }

        public int Requests => _requests;

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _lock.DisposeAsync();
        }

        private async Task ServeAsync(string[] answers)
        {
            foreach (string answer in answers)
            {
                using Socket connection = await _listener.AcceptAsync();
                if (answer.Length == 0)
                    continue;
                await connection.SendAsync(Encoding.ASCII.GetBytes(Greeting));
                if (await connection.ReceiveAsync(new byte[4096]) > 0)
                    _requests++;
                await connection.SendAsync(Encoding.ASCII.GetBytes(answer[Greeting.Length..]));
            }
        }
    }
}
