using System.Globalization;
using System.Net;

namespace MlOps.Server;

/// <summary>Host and port of a URL to listen on.</summary>
/// <param name="Host">A name, or an address, that of version 6 in brackets.</param>
/// <param name="Port">0: any that is free.</param>
internal sealed record ListenUrl(string Host, int Port)
{
    private const string Scheme = "http://";

    /// <summary>What nearly everybody writes. It is read without <see cref="Uri"/>, which costs a hundredth of a start.</summary>
    private static readonly (string Written, string Host)[] Plain =
        [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "0.0.0.0"), ("+", "0.0.0.0"), ("*", "0.0.0.0")];

    public bool IsLocalhost => Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null for a name.</summary>
    public IPAddress? Address => Host switch
    {
        "127.0.0.1" => IPAddress.Loopback,
        "0.0.0.0" => IPAddress.Any,
        _ => IPAddress.TryParse(Host.Trim('[', ']'), out IPAddress? address) ? address : null,
    };

    /// <summary>A usual host with a port; null for all else, of which some can be listened on, too.</summary>
    public static ListenUrl? TryPlain(string url)
    {
        if (!url.StartsWith(Scheme, StringComparison.Ordinal))
            return null;
        ReadOnlySpan<char> rest = url.AsSpan(Scheme.Length);
        foreach ((string written, string host) in Plain)
        {
            if (rest.StartsWith(written, StringComparison.Ordinal) && rest[written.Length..] is [':', .. var port] && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
                return new ListenUrl(host, number);
        }

        return null;
    }
}
