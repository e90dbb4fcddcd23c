using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Training;

internal static partial class TrainingLog
{
    [LoggerMessage(1, LogLevel.Warning, "The checkpoint of run {Run} could not be stored; the fit goes on, and would start from the one before if the process died.")]
    public static partial void NotKept(ILogger logger, string run, Exception error);

    [LoggerMessage(2, LogLevel.Warning, "The checkpoint of run {Run} is damaged; its training begins anew.")]
    public static partial void Damaged(ILogger logger, string run, Exception error);
}
