using Microsoft.Extensions.Logging;

namespace MlOps.Embedded.Workflows;

internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Information, "Workflow instance {InstanceId} of {Workflow} version {Version} started")]
    public static partial void InstanceStarted(this ILogger log, string instanceId, string workflow, string version);

    [LoggerMessage(2, LogLevel.Information, "Workflow instance {InstanceId} of {Workflow} ended: {State}")]
    public static partial void InstanceEnded(this ILogger log, string instanceId, string workflow, string state);

    [LoggerMessage(3, LogLevel.Error, "Workflow instance {InstanceId} of {Workflow} failed: {Code}: {Message}")]
    public static partial void InstanceFailed(this ILogger log, string instanceId, string workflow, string code, string message);

    [LoggerMessage(4, LogLevel.Warning, "Activity {Activity} of {InstanceId} (key {Key}, attempt {Attempt}) failed: {Message}")]
    public static partial void ActivityFailed(this ILogger log, string activity, string instanceId, string key, int attempt, string message);

    [LoggerMessage(5, LogLevel.Warning, "The journal of {InstanceId} could not be written or read; it is loaded again in {Delay}")]
    public static partial void TurnFailed(this ILogger log, Exception exception, string instanceId, TimeSpan delay);

    [LoggerMessage(6, LogLevel.Information, "{Count} open workflow instances resumed")]
    public static partial void Resumed(this ILogger log, int count);

    [LoggerMessage(7, LogLevel.Error, "Background work of the workflow engine failed")]
    public static partial void BackgroundFailed(this ILogger log, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "Workflow instance {InstanceId} cannot be resumed")]
    public static partial void ResumeFailed(this ILogger log, Exception exception, string instanceId);
}
