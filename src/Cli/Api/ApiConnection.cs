using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Sockets;
using MlOps.Server;

namespace MlOps.Cli.Api;

/// <summary>
/// Finds the server a command talks to: the URL given, else the process that owns the data directory, else one of our own for the
/// length of the command (decision 0002).
/// </summary>
internal static class ApiConnection
{
    private static readonly Uri OverSocket = new("http://mlops.local/");

    public static async Task<ApiClient> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(GlobalOptions.Server) is { } url)
            return ToServer(url, parsed.GetValue(GlobalOptions.Token) ?? Environment.GetEnvironmentVariable("MLOPS_TOKEN"));
        return await ToDirectoryAsync(new DataDirectory(parsed.GetRequiredValue(GlobalOptions.Data)), cancellationToken);
    }

    private static ApiClient ToServer(string url, string? token)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw MlOpsException.Invalid("server-url", $"--server '{url}' is not a URL; write http://host:port");
        HttpClient http = new(new SocketsHttpHandler()) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new ApiClient(http);
    }

    private static async Task<ApiClient> ToDirectoryAsync(DataDirectory directory, CancellationToken cancellationToken)
    {
        MlOpsServer? own = await MlOpsServer.TryStartAsync(new ServerOptions { Data = directory, Timers = false }, cancellationToken);
        ApiClient client = OverSocketOf(directory);
        return own is null ? client : client.Owning(own);
    }

    private static ApiClient OverSocketOf(DataDirectory directory)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(directory.Socket), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return new ApiClient(new HttpClient(handler) { BaseAddress = OverSocket, Timeout = Timeout.InfiniteTimeSpan });
    }
}
