using System.Net;
using System.Net.Sockets;

namespace MlOps.Domain.Webhooks;

/// <summary>Which addresses are anybody's on the internet: all but those that IANA's special-purpose registries (RFC 6890) keep for something else.</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] Special =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ]).Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>Addresses of the internet are given out of here alone; of these, those that reach others (6to4, Teredo, NAT64, documentation) are not public.</summary>
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] Special6 = [.. ((string[])["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]).Select(n => IPNetwork.Parse(n))];

    public static bool Is(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetwork
            ? !Special.Any(n => n.Contains(plain))
            : Global6.Contains(plain) && !Special6.Any(n => n.Contains(plain));
    }
}
