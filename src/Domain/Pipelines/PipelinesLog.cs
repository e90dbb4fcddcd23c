using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Pipelines;

internal static partial class PipelinesLog
{
    [LoggerMessage(1, LogLevel.Error, "Pipeline {Pipeline} could not be started ({Reason}); the others go on.")]
    public static partial void NotStarted(ILogger logger, string pipeline, TriggerReason reason, Exception error);

    [LoggerMessage(2, LogLevel.Error, "The timers could not look at {What} this time; the next tick tries again.")]
    public static partial void NotLookedAt(ILogger logger, string what, Exception error);

    [LoggerMessage(3, LogLevel.Information, "Upload {File} was {Verdict} as {Version}; {Reason}; it started {Runs} pipeline runs.")]
    public static partial void UploadTaken(ILogger logger, string file, InboxVerdict verdict, string? version, string? reason, int runs);
}
