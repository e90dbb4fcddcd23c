using Azure;
using Azure.Identity;

namespace MlOps.Azure.Storage;

/// <summary>What is left when the retries are used up, or the account says no: one error for both services.</summary>
public static class StorageFailures
{
    /// <summary>Runs a call; what it throws and nobody has understood becomes Unavailable <c>storage-unavailable</c>.</summary>
    public static async Task<T> GuardAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (Unavailable(what, e, cancellationToken) is not null)
        {
            throw Unavailable(what, e, cancellationToken)!;
        }
    }

    /// <summary>The error to throw instead; null for what is no failure of storage.</summary>
    public static MlOpsException? Unavailable(string what, Exception e, CancellationToken cancellationToken) => e switch
    {
        RequestFailedException { Status: 401 or 403 } refused => Error(
            $"{what}: the account refused ({refused.Status} {refused.ErrorCode}): give the identity the data role of this service (docs/azure.md, Roles) and wait some minutes", e),
        RequestFailedException { Status: 400, ErrorCode: "InvalidHeaderValue" } old => Error(
            $"{what}: the service does not know this version of the protocol: update the emulator, or start it with --skipApiVersionCheck", old),
        RequestFailedException failed => Error($"{what}: the account answered {failed.Status} {failed.ErrorCode}; try again", e),
        AuthenticationFailedException => Error($"{what}: no token could be had ({e.Message}): sign in with 'az login', or set __credential and __clientId", e),
        AggregateException { InnerExceptions: [.., RequestFailedException last] } => Error($"{what}: no answer after several attempts ({last.Message})", e),
        AggregateException or OperationCanceledException when !cancellationToken.IsCancellationRequested => Error($"{what}: no answer in time", e),
        _ => null,
    };

    private static MlOpsException Error(string message, Exception inner) => new(ErrorKind.Unavailable, "storage-unavailable", message, inner);
}
