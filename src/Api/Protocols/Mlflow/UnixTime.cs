namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Milliseconds since 1970, as MLflow's clients tell times.</summary>
internal static class UnixTime
{
    /// <summary>The stores keep times from there on.</summary>
    private static readonly long Least = new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private static readonly long Most = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Null when it is no time that can be stored, or before 1970, which MLflow refuses too but for runs.</summary>
    public static DateTimeOffset? Of(long milliseconds) => milliseconds >= 0 ? OfRun(milliseconds) : null;

    /// <summary>When a run starts or ends, which may be before 1970 as with MLflow. Null when it is no time that can be stored.</summary>
    public static DateTimeOffset? OfRun(long milliseconds) => milliseconds >= Least && milliseconds <= Most ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    public static string Expected(long milliseconds) => $"is {milliseconds}, expected milliseconds since 1970, not negative and before the year 10000";

    public static string ExpectedOfRun(long milliseconds) => $"is {milliseconds}, expected milliseconds since 1970, of a time in the years 1601 to 9999";
}
