namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Milliseconds since 1970, as MLflow's clients tell times.</summary>
internal static class UnixTime
{
    private static readonly long Most = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Null when it is no time that can be stored.</summary>
    public static DateTimeOffset? Of(long milliseconds) => milliseconds >= 0 && milliseconds <= Most ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    public static string Expected(long milliseconds) => $"is {milliseconds}, expected milliseconds since 1970, not negative and before the year 10000";
}
