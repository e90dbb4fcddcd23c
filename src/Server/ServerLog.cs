using Microsoft.Extensions.Logging;

namespace MlOps.Server;

internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Error, "The {What} failed this time; the next tick tries again.")]
    public static partial void TickFailed(ILogger logger, string what, Exception exception);
}
