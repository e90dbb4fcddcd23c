namespace MlOps.Api;

/// <summary>
/// Set by a host as a connection feature where requests are begun on a thread that all connections share. What waits for more than its own
/// request, or calculates for long, leaves it first, so that nobody else's request waits for it.
/// </summary>
public interface ISharedThread
{
    /// <summary>Goes on on a thread of the pool, and so does all that waits for the connection from now to the end of the request.</summary>
    Task LeaveAsync();
}
