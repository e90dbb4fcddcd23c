using Microsoft.Extensions.Logging;

namespace MlOps.Api.Http;

internal static partial class ApiLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly (request {RequestId})")]
    public static partial void RequestFailed(this ILogger logger, string method, string path, string requestId, Exception exception);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Method} {Path} was not available (request {RequestId}): {Code}")]
    public static partial void RequestUnavailable(this ILogger logger, string method, string path, string requestId, string code, Exception exception);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "Version {Version} is registered, but its logged model {Model} could not be told so")]
    public static partial void VersionNotNoted(this ILogger logger, string version, string model, Exception exception);
}
