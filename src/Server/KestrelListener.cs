using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MlOps.Server.Direct;

namespace MlOps.Server;

/// <summary>Where Kestrel listens: the local socket, which is trusted, and the URLs asked for, in HTTP/1.1 and HTTP/2.</summary>
internal static class KestrelListener
{
    public static void Configure(KestrelServerOptions kestrel, ServerOptions options, LocalConnections local, Http2Handover http2)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
        File.Delete(options.Data.Socket);
        Action<ListenOptions> tcp = http2.Configure, unix = local.Configure;
        if (options.SharesThread)
            (tcp, unix) = (SharedThread.Serve + tcp, SharedThread.Serve + unix);
        kestrel.ListenUnixSocket(options.Data.Socket, unix);
        foreach (ListenUrl url in options.Urls.Select(BindingPolicy.Parse))
            Listen(kestrel, url, tcp);
        if (options.Urls.Count > 0)
            http2.Listen(kestrel);
    }

    /// <summary>What a URL with port 0, or one that names the local socket, became.</summary>
    public static IReadOnlyList<string> TcpUrls(IEnumerable<string> addresses) =>
        [.. addresses.Where(a => !a.Contains("unix:", StringComparison.Ordinal) && !Http2Handover.IsAddress(a)).Select(a => a.Replace("[::]", "0.0.0.0", StringComparison.Ordinal))];

    /// <summary>The end point that <see cref="Configure"/> makes Kestrel bind for a URL (for localhost the first of two); null for a port still to be found.</summary>
    public static IPEndPoint? FixedEndPoint(ListenUrl url) => url.Port == 0 ? null : new IPEndPoint(AddressOf(url) ?? AnyAddress, url.Port);

    private static void Listen(KestrelServerOptions kestrel, ListenUrl url, Action<ListenOptions> configure)
    {
        if (url.IsLocalhost && url.Port != 0)
            kestrel.ListenLocalhost(url.Port, configure);
        else if (AddressOf(url) is { } address)
            kestrel.Listen(address, url.Port, configure);
        else
            kestrel.ListenAnyIP(url.Port, configure);
    }

    /// <summary>Null for a host name: Kestrel cannot tell which address a name is on this machine, and takes all of them.</summary>
    private static IPAddress? AddressOf(ListenUrl url) => url.IsLocalhost ? IPAddress.Loopback : url.Address;

    private static IPAddress AnyAddress => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
}
