using Microsoft.Extensions.Logging;

namespace MlOps.Domain.Rollout;

internal static partial class RolloutLog
{
    [LoggerMessage(3201, LogLevel.Information, "Rollout {Id} of {Model} version {Version} begins; champion: {Champion}")]
    public static partial void RolloutBegun(this ILogger logger, string id, string model, int version, int? champion);

    [LoggerMessage(3202, LogLevel.Information, "Rollout {Id} of {Model} version {Version} ended as {State}: {Reason}")]
    public static partial void RolloutEnded(this ILogger logger, string id, string model, int version, RolloutState state, string reason);

    [LoggerMessage(3203, LogLevel.Warning, "Rollout {Id} of {Model} lost its workflow ({Why}) and is ended without it")]
    public static partial void RolloutOrphaned(this ILogger logger, string id, string model, string why);

    [LoggerMessage(3204, LogLevel.Warning, "Version {Version} of {Model}, which a rollout would fall back to, cannot be loaded: {Why}")]
    public static partial void ChampionNotWarm(this ILogger logger, string model, int version, string why);

    [LoggerMessage(3205, LogLevel.Warning, "Rollout {Id} of {Model} is neither ended nor taken back as it was meant to be")]
    public static partial void RolloutNotMended(this ILogger logger, string id, string model, Exception exception);
}
