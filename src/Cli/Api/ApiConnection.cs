using System.CommandLine;
using System.Net.Http.Headers;
using MlOps.Server;

namespace MlOps.Cli.Api;

/// <summary>
/// Finds the server a command talks to: the URL given, else the process that owns the data directory, else one of our own for the
/// length of the command (decision 0002).
/// </summary>
internal static class ApiConnection
{
    private static readonly Uri OverSocket = new("http://mlops.local/");

    /// <param name="mayMakeDirectory">Whether a data directory that does not exist yet is made.</param>
    public static ApiClient Open(ParseResult parsed, bool mayMakeDirectory = false)
    {
        if (parsed.GetValue(GlobalOptions.Server) is { } url)
            return ToServer(url, parsed.GetValue(GlobalOptions.Token) ?? Environment.GetEnvironmentVariable("MLOPS_TOKEN"));
        var directory = new DataDirectory(parsed.GetRequiredValue(GlobalOptions.Data));
        ServerOptions host = parsed.Host(directory);
        if (!mayMakeDirectory && host.OpenStores is null && !directory.Exists && !File.Exists(directory.Root))
            throw Missing(directory);
        return ToDirectory(new DirectoryConnection(host));
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

    internal static ApiClient ToDirectory(DirectoryConnection connection) =>
        new(new HttpClient(new DirectoryHandler(connection.ConnectAsync)) { BaseAddress = OverSocket, Timeout = Timeout.InfiniteTimeSpan }, connection);

    private static MlOpsException Missing(DataDirectory directory) => MlOpsException.NotFound(
        "data-directory-missing",
        $"no data directory at {directory.Root}; `mlops serve` or `mlops dataset add` makes one, or name another with --data, or a server with --server");
}
