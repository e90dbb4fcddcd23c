namespace MlOps.Api;

/// <summary>
/// Set by a host as a connection feature on connections that need no token because of how they are made: the local socket of a
/// data directory, which has no network address. Requests on them act as admin; all others must show a bearer token.
/// </summary>
public sealed class TrustedConnection
{
    public static readonly TrustedConnection Instance = new();
}
