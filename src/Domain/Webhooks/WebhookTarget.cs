using System.Net;
using System.Net.Sockets;

namespace MlOps.Domain.Webhooks;

/// <summary>
/// Where webhooks may point: https, and addresses that are public, so that nobody makes this server ask services that only it can reach. What
/// a name stands for is looked up once more for each connection, and the connection goes to just the addresses that were looked at (a name
/// may stand for another one by then); redirects and proxies are not followed. Two settings of MLflow's names allow more.
/// </summary>
/// <param name="setting">What the host's settings hold under a name, or null.</param>
/// <param name="resolve">The addresses of a name; null for the system's.</param>
public sealed class WebhookTarget(Func<string, string?> setting, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    /// <summary>Schemes, separated by commas; default <c>https</c>.</summary>
    public const string SchemesSetting = "MLFLOW_WEBHOOK_ALLOWED_SCHEMES";

    /// <summary><c>true</c>: any address.</summary>
    public const string PrivateSetting = "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS";

    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    private bool AnyAddress => setting(PrivateSetting)?.Trim() is { } value && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    /// <summary>The URL, once it has been looked up.</summary>
    /// <exception cref="MlOpsException">Invalid <c>webhook-url</c>. The path is not quoted: it often is a secret.</exception>
    public async Task<Uri> CheckAsync(string url, CancellationToken cancellationToken)
    {
        Uri target = Parse(url);
        if (!AnyAddress)
            await AddressesAsync(target.IdnHost, cancellationToken);
        return target;
    }

    /// <summary>The URL, if its form is allowed.</summary>
    /// <inheritdoc cref="CheckAsync" path="/exception"/>
    internal Uri Parse(string url)
    {
        string[] schemes = Schemes();
        if (string.IsNullOrWhiteSpace(url))
            throw Wrong("Webhook URL cannot be empty or just whitespace.");
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? target))
            throw Wrong("Webhook URL must be absolute and include a hostname.");
        if (!schemes.Contains(target.Scheme))
            throw Wrong($"Invalid webhook URL scheme: '{target.Scheme}'. Allowed schemes are: {string.Join(", ", schemes)}. {SchemesSetting} allows others.");
        if (target.UserInfo.Length > 0)
            throw Wrong("Webhook URL must not have a user or password: they would be shown wherever the webhook is. Let the receiver check the signature, or put a token into the path.");
        return target.IdnHost.Length > 0 ? target : throw Wrong("Webhook URL must include a hostname.");
    }

    /// <summary>A client that connects only where webhooks may point.</summary>
    internal HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        // Traces of this server are nothing to third parties.
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = ConnectionLifetime,
        SslOptions = OutgoingTls.Options(),
        ConnectCallback = async (context, cancellationToken) => await ConnectAsync(context.DnsEndPoint, cancellationToken),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private async Task<Stream> ConnectAsync(DnsEndPoint end, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await AddressesAsync(end.Host, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, end.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : await ResolveAsync(host, cancellationToken);
        if (!AnyAddress && addresses.FirstOrDefault(a => !PublicAddress.Is(a)) is { } other)
            throw Wrong($"Webhook URL must not resolve to a non-public IP address. '{host}' resolves to {other}. {PrivateSetting}=true allows it.");
        return addresses;
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await _resolve(host, cancellationToken) is { Length: > 0 } addresses ? addresses : throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (SocketException e)
        {
            throw new MlOpsException(ErrorKind.Invalid, "webhook-host", $"Cannot resolve webhook URL hostname '{host}': {e.Message}", e);
        }
    }

    private string[] Schemes() => setting(SchemesSetting) is { } text && text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } given
        ? [.. given.Select(s => s.ToLowerInvariant()).Where(s => s is "http" or "https")]
        : ["https"];

    private static MlOpsException Wrong(string why) => MlOpsException.Invalid("webhook-url", why);
}
