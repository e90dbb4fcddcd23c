using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Batch;

internal static partial class BatchLog
{
    [LoggerMessage(3301, LogLevel.Information, "Batch prediction {Id} of {Model} version {Version} over {Dataset}: {Rows} rows in {Parts} partitions")]
    public static partial void BatchPlanned(this ILogger logger, string id, string model, int version, string dataset, long rows, int parts);

    [LoggerMessage(3302, LogLevel.Information, "Batch prediction {Id} of {Model} version {Version} over {Dataset} ended: {Rows} rows scored, {Rejected} rejected")]
    public static partial void BatchEnded(this ILogger logger, string id, string model, int version, string dataset, long rows, long rejected);

    [LoggerMessage(3303, LogLevel.Information, "The output of batch prediction {Id} was deleted: it was kept until {KeptUntil}")]
    public static partial void OutputDeleted(this ILogger logger, string id, DateTimeOffset keptUntil);
}
