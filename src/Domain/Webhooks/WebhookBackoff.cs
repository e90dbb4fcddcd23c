namespace MlOps.Domain.Webhooks;

/// <summary>How often and how long apart is tried.</summary>
internal static class WebhookBackoff
{
    /// <summary>All attempts, the first included: over almost three and a half hours.</summary>
    public const int Attempts = 10;

    /// <summary>What waited this long is given up, tried or not.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(1);

    /// <summary>A change that was not made this long after its deliveries were written down will not be.</summary>
    public static readonly TimeSpan Unmade = TimeSpan.FromMinutes(10);

    /// <summary>How long what this server itself refuses to send waits for its settings to be put right.</summary>
    public static readonly TimeSpan Refused = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>1 s, 4 s, 16 s, ... to an hour; longer where the receiver asks for it, to an hour, too.</summary>
    /// <param name="attempts">Those that failed.</param>
    public static TimeSpan After(int attempts, TimeSpan? asked)
    {
        double seconds = Math.Pow(4, attempts - 1);
        TimeSpan own = seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
        return asked > own ? (asked < Longest ? asked.Value : Longest) : own;
    }
}
