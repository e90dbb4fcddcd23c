using System.Net;
using Microsoft.AspNetCore.Http;
using MlOps.Domain.Access;

namespace MlOps.Api.Http;

/// <summary>
/// Who is asking. A trusted connection is admin; so is loopback while no token exists, if the host allows it; everyone else shows
/// a token, as bearer or as the password of Basic authentication.
/// </summary>
internal sealed class BearerAuth(AccessTokens tokens, ApiOptions options, TimeProvider time)
{
    public const string Missing = "token-missing";
    public const string Invalid = "token-invalid";

    private const string Scheme = "Bearer";
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);
    private static readonly Principal Local = new("local", Role.Admin);

    /// <summary>A proxy on this machine makes every request look local.</summary>
    private static readonly string[] Forwarding = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"];

    private Checked _open = new(false, long.MinValue);

    // The last Host that was found to be this machine; nearly all requests have the same.
    private string? _loopbackHost;

    /// <summary>Who asks, where that can be told without a wait: <see cref="CheckAsync"/> would find the same. Else null.</summary>
    public Principal? AtOnce(ApiCall call) => IsOpenAtOnce(call) ? Local : null;

    /// <exception cref="MlOpsException">Refused: <c>token-missing</c>, <c>token-invalid</c> (401); <c>role-too-low</c>, <c>origin-refused</c> (403).</exception>
    public async ValueTask<Principal> CheckAsync(HttpContext http, Role required)
    {
        Principal principal = await IdentifyAsync(http);
        return principal.MayActAs(required) ? principal : throw MlOpsException.Refused("role-too-low",
            $"{http.Request.Method} {http.Request.Path} needs the role {Name(required)}, the token '{principal.Name}' has {Name(principal.Role)}: ask an admin for a token of that role");
    }

    /// <summary>Whether it is somebody whom <see cref="CheckAsync"/> would let read.</summary>
    public async ValueTask<bool> IsKnownAsync(HttpContext http)
    {
        try
        {
            await IdentifyAsync(http);
            return true;
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Refused)
        {
            return false;
        }
    }

    private async ValueTask<Principal> IdentifyAsync(HttpContext http)
    {
        // A connection with an address came by the network; to look for a feature that is not there costs more than all the rest.
        if (http.Connection.RemoteIpAddress is null && http.Features.Get<TrustedConnection>() is not null)
            return Local;
        string header = http.Request.Headers.Authorization.ToString();
        if (header.Length > 0 && header.Split(' ', 2) is [var scheme, .. var rest] && scheme.Equals(Scheme, StringComparison.OrdinalIgnoreCase))
            return await tokens.VerifyAsync(rest.LastOrDefault()?.Trim(), http.RequestAborted) ?? throw MlOpsException.Refused(Invalid, "the bearer token is unknown or revoked: make a new one with `mlops token create`");
        if (BasicPassword.Of(header) is { } password)
            return await OfBasicAsync(http, password);
        if (options.OpenOnLoopback && IsLoopback(http) && await NoTokenExistsAsync(http.RequestAborted))
            return CheckOrigin(http);
        throw MlOpsException.Refused(Missing, "a token is needed: send it as `Authorization: Bearer <token>`; an admin makes one with `mlops token create`");
    }

    /// <summary>A token as the password of Basic authentication; the user's name is free. Browsers send that by themselves, also for pages of others.</summary>
    private async ValueTask<Principal> OfBasicAsync(HttpContext http, string password)
    {
        Principal principal = await tokens.VerifyAsync(password, http.RequestAborted) ?? throw MlOpsException.Refused(Invalid, "the password is no token of this server: give a token as the password, and any user name");
        return IsOwnOrigin(http) ? principal : throw MlOpsException.Refused("origin-refused", $"a request of '{http.Request.Headers.Origin}' is not answered with a password: send the token as `Authorization: Bearer <token>`");
    }

    /// <summary>
    /// Whether <see cref="IdentifyAsync"/> would find the owner of this machine, told without a wait: no header says who asks, from where or
    /// for whom, and that there is no token was seen a moment ago.
    /// </summary>
    private bool IsOpenAtOnce(ApiCall call) =>
        call.IsOrdinary && options.OpenOnLoopback && _open is { Value: true } known && time.GetElapsedTime(known.At, call.At) < Remembered
        && IsLoopback(call.Http) && call.Http.Request.Headers.Host is [{ Length: > 0 } host] && host == _loopbackHost;

    /// <summary>
    /// Without tokens a web page in this machine's browser must not act for its owner: it cannot forge the Host of a loopback
    /// address (DNS rebinding) nor leave out its Origin (cross-site posts).
    /// </summary>
    private Principal CheckOrigin(HttpContext http)
    {
        string origin = http.Request.Headers.Origin.ToString();
        if (IsOwnOrigin(http) && IsLoopbackHost(http.Request.Host) && !IsForwarded(http.Request.Headers))
            return Local;
        throw MlOpsException.Refused("origin-refused",
            $"a request of '{(origin.Length > 0 ? origin : http.Request.Host.Value)}' is not answered without a token: open the server by its loopback address, or make a token with `mlops token create`");
    }

    private static bool IsOwnOrigin(HttpContext http)
    {
        string origin = http.Request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && page.Authority.Equals(http.Request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private async ValueTask<bool> NoTokenExistsAsync(CancellationToken cancellationToken)
    {
        Checked known = _open;
        if (known.At != long.MinValue && time.GetElapsedTime(known.At) < Remembered)
            return known.Value;
        long at = time.GetTimestamp();
        bool none = !await tokens.AnyAsync(cancellationToken);
        _open = new Checked(none, at);
        return none;
    }

    private static bool IsLoopback(HttpContext http) => http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);

    private bool IsLoopbackHost(HostString host)
    {
        if (host.HasValue && host.Value == _loopbackHost)
            return true;
        if (!IsLoopbackName(host.Host))
            return false;
        _loopbackHost = host.Value;
        return true;
    }

    private static bool IsForwarded(IHeaderDictionary headers)
    {
        if (OrdinaryHeaders.Only(headers))
            return false;
        foreach (string name in Forwarding)
        {
            if (headers.ContainsKey(name))
                return true;
        }

        return false;
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static string Name(Role role) => role.ToString().ToLowerInvariant();

    private sealed record Checked(bool Value, long At);
}
