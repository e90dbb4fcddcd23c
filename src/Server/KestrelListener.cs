using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MlOps.Api;

namespace MlOps.Server;

/// <summary>Where Kestrel listens: the local socket, which is trusted, and the URLs asked for.</summary>
internal static class KestrelListener
{
    public static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
        File.Delete(options.Data.Socket);
        kestrel.ListenUnixSocket(options.Data.Socket, Trust);
        foreach (Uri url in options.Urls.Select(BindingPolicy.Parse))
            Listen(kestrel, url);
    }

    /// <summary>What a URL with port 0, or one that names the local socket, became.</summary>
    public static IReadOnlyList<string> TcpUrls(IEnumerable<string> addresses) =>
        [.. addresses.Where(a => !a.Contains("unix:", StringComparison.Ordinal)).Select(a => a.Replace("[::]", "0.0.0.0", StringComparison.Ordinal))];

    private static void Listen(KestrelServerOptions kestrel, Uri url)
    {
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? address))
            kestrel.Listen(address, url.Port);
        else if (url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && url.Port != 0)
            kestrel.ListenLocalhost(url.Port);
        else if (url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            kestrel.Listen(IPAddress.Loopback, 0);
        else
            kestrel.ListenAnyIP(url.Port);
    }

    private static void Trust(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(TrustedConnection.Instance);
        return next(connection);
    });
}
