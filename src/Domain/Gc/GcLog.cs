using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Gc;

internal static partial class GcLog
{
    [LoggerMessage(3401, LogLevel.Information, "Run {Run} of experiment {Experiment} was removed for good, {Bytes} bytes")]
    public static partial void RunRemoved(this ILogger logger, string run, string experiment, long bytes);

    [LoggerMessage(3402, LogLevel.Warning, "{Kind} {Id} could not be removed; the next collection tries again")]
    public static partial void NotRemoved(this ILogger logger, GcKind kind, string id, Exception exception);
}
