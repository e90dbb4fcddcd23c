namespace MlOps.Domain.Webhooks;

/// <summary>How often and how long apart is tried.</summary>
internal static class WebhookBackoff
{
    /// <summary>All attempts, the first included: over three and a half hours.</summary>
    public const int Attempts = 10;

    /// <summary>What waited this long is given up, tried or not.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(1);

    /// <summary>A change that was not made this long after its deliveries were written down will not be.</summary>
    public static readonly TimeSpan Unmade = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestAway = TimeSpan.FromMinutes(5);

    /// <summary>1 s, 4 s, 16 s, ... to an hour; longer where the receiver asks for it, to an hour, too.</summary>
    /// <param name="attempts">Those that failed.</param>
    public static TimeSpan After(int attempts, TimeSpan? asked)
    {
        TimeSpan own = Grown(4, attempts, Longest);
        return asked > own ? (asked < Longest ? asked.Value : Longest) : own;
    }

    /// <summary>How long a receiver that does not answer is left alone: 1 s, 2 s, 4 s, ... to five minutes.</summary>
    public static TimeSpan Away(int failures) => Grown(2, failures, LongestAway);

    private static TimeSpan Grown(double factor, int times, TimeSpan longest)
    {
        double seconds = Math.Pow(factor, times - 1);
        return seconds < longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : longest;
    }
}
