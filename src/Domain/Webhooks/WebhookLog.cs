using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Webhooks;

/// <summary>Of a webhook's URL only the host is told: the path often is its secret.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(3501, LogLevel.Information, "Webhook {Webhook} at {Host}: {Event} {Delivery} was not delivered (attempt {Attempt}: {Why}); the next attempt is at {Due:O}")]
    public static partial void Postponed(this ILogger logger, string webhook, string host, string @event, string delivery, int attempt, string why, DateTimeOffset due);

    [LoggerMessage(3502, LogLevel.Warning, "Webhook {Webhook} at {Host}: {Event} {Delivery} is given up after {Attempts} attempts: {Why}")]
    public static partial void GivenUp(this ILogger logger, string webhook, string host, string @event, string delivery, int attempts, string why);

    [LoggerMessage(3504, LogLevel.Warning, "Webhook {Webhook} at {Host}: {Event} {Delivery} was not sent, and what comes after it waits: {Why}; the next attempt is at {Due:O}")]
    public static partial void Refused(this ILogger logger, string webhook, string host, string @event, string delivery, string why, DateTimeOffset due);

    [LoggerMessage(3503, LogLevel.Warning, "Deliveries of webhook {Webhook} could not be looked at; the next tick tries again")]
    public static partial void NotLookedAt(this ILogger logger, string webhook, Exception exception);
}
