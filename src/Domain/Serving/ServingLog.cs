using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Serving;

internal static partial class ServingLog
{
    [LoggerMessage(3101, LogLevel.Warning, "The endpoint of {Model} could not be read again; traffic stays as of revision {Revision}")]
    public static partial void RouterKeepsState(this ILogger logger, string model, long revision, Exception exception);

    [LoggerMessage(3102, LogLevel.Error, "Version {Version} of {Model} failed on request {RequestId}")]
    public static partial void PredictionFailed(this ILogger logger, string model, int version, string requestId, Exception exception);

    [LoggerMessage(3103, LogLevel.Warning, "Prediction segment {Path} could not be written (attempt {Attempt}); it stays in memory and is tried again")]
    public static partial void SegmentKept(this ILogger logger, string path, int attempt, Exception exception);

    [LoggerMessage(3104, LogLevel.Error, "The prediction log's buffer is full ({Rows} rows): predictions of {Model} go on, their records are dropped until the store answers")]
    public static partial void RecordsDropped(this ILogger logger, string model, long rows);

    [LoggerMessage(3105, LogLevel.Error, "{Rows} prediction records could not be written and are lost")]
    public static partial void RecordsLost(this ILogger logger, long rows, Exception? exception);

    [LoggerMessage(3121, LogLevel.Warning, "The endpoint of {Model} could not be read: a request for a version of it is answered without its settings")]
    public static partial void EndpointUnread(this ILogger logger, string model, Exception exception);

    [LoggerMessage(3120, LogLevel.Warning, "The example rows of version {Version} of {Model} cannot be read ({Problem}); it is warmed up with rows made up from its signature")]
    public static partial void ExampleUnreadable(this ILogger logger, string model, int version, string problem);

    [LoggerMessage(3106, LogLevel.Warning, "Traffic counters could not be written; they are kept and tried again")]
    public static partial void CountersKept(this ILogger logger, Exception exception);

    [LoggerMessage(3107, LogLevel.Warning, "The log policy of {Model} could not be read again; it stays as of revision {Revision}")]
    public static partial void LogPolicyKept(this ILogger logger, string model, long revision, Exception exception);

    [LoggerMessage(3108, LogLevel.Error, "The log policy of {Model} could not be read: its predictions go on, and are not recorded until it can be")]
    public static partial void LogPolicyUnknown(this ILogger logger, string model, Exception exception);

    [LoggerMessage(3109, LogLevel.Error, "Version {Version} of {Model} failed on request {RequestId}: {Error} (the rest is left out, since features of the model are redacted)")]
    public static partial void PredictionFailedUnseen(this ILogger logger, string model, int version, string requestId, string error);

    [LoggerMessage(3111, LogLevel.Error, "Retention: records of {Model} that are too old could not be deleted; the next run tries again")]
    public static partial void RetentionFailed(this ILogger logger, string model, Exception exception);

    [LoggerMessage(3110, LogLevel.Information, "Retention: {Segments} segments of the predictions of {Model} before {Before:yyyy-MM-dd} and {Feedback} items of feedback were deleted")]
    public static partial void RecordsExpired(this ILogger logger, string model, int segments, int feedback, DateTimeOffset before);
}
