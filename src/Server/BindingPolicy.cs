using System.Net;

namespace MlOps.Server;

/// <summary>Without a token only loopback may be bound: whatever others can reach must know who is asking.</summary>
public static class BindingPolicy
{
    /// <exception cref="MlOpsException">
    /// Refused <c>binding-open</c>: a URL is reachable by others and there is no token. Invalid <c>binding-url</c>: not a URL that can be bound.
    /// </exception>
    public static void Check(IReadOnlyList<string> urls, bool anyToken)
    {
        foreach (string url in urls)
        {
            if (!IsLoopback(url) && !anyToken)
            {
                throw MlOpsException.Refused(
                    "binding-open",
                    $"{url} can be reached from other machines, and no access token exists: refusing to start. Make one with `mlops token create <name> --role admin`, or bind to http://127.0.0.1:<port>");
            }
        }
    }

    internal static ListenUrl Parse(string url)
    {
        if (ListenUrl.TryPlain(url) is { } plain)
            return plain;

        // Kestrel takes + and * for "any address"; Uri does not.
        string spelled = url.Replace("://+", "://0.0.0.0", StringComparison.Ordinal).Replace("://*", "://0.0.0.0", StringComparison.Ordinal);
        if (Uri.TryCreate(spelled, UriKind.Absolute, out Uri? uri) && uri.Scheme == "http" && uri.AbsolutePath == "/")
            return new ListenUrl(uri.Host, uri.Port);
        throw MlOpsException.Invalid("binding-url", $"'{url}' is not a URL to listen on; write http://<address>:<port>, for example http://127.0.0.1:5000 (TLS is a reverse proxy's job)");
    }

    /// <summary>True when only this machine can reach the URL.</summary>
    internal static bool IsLoopback(string url)
    {
        ListenUrl parsed = Parse(url);
        return parsed.IsLocalhost || (parsed.Address is { } address && IPAddress.IsLoopback(address));
    }
}
