using Microsoft.Extensions.Logging;

namespace MlOps.Server;

internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Error, "The {What} failed this time; the next tick tries again.")]
    public static partial void TickFailed(ILogger logger, string what, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "Deleted {Blobs} blobs that broken-off additions of data had left.")]
    public static partial void GarbageCollected(ILogger logger, int blobs);
}
