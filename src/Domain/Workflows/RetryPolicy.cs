namespace MlOps.Domain.Workflows;

/// <summary>
/// How often and how long apart a failed activity is tried again. Errors of kind Invalid, NotFound, Refused and TooLarge are final
/// at once: trying again cannot help.
/// </summary>
/// <param name="MaxAttempts">All attempts, the first included; 1 to 100.</param>
/// <param name="FirstDelay">Before the second attempt.</param>
/// <param name="Backoff">Each delay is the last times this; at least 1.</param>
/// <param name="MaxDelay">No delay is longer; default one hour.</param>
public sealed record RetryPolicy(int MaxAttempts, TimeSpan FirstDelay, double Backoff = 2, TimeSpan? MaxDelay = null)
{
    /// <summary>4 attempts, 1 s, 2 s, 4 s apart: for steps that talk to a store or the network.</summary>
    public static readonly RetryPolicy Default = new(4, TimeSpan.FromSeconds(1));

    /// <summary>The wait after the given failed attempt (1 is the first), or null when it was the last.</summary>
    public TimeSpan? DelayAfter(int attempt)
    {
        if (attempt >= MaxAttempts)
            return null;
        double factor = Math.Pow(Backoff, attempt - 1);
        TimeSpan cap = MaxDelay ?? TimeSpan.FromHours(1);
        return factor * FirstDelay.TotalMilliseconds >= cap.TotalMilliseconds ? cap : FirstDelay * factor;
    }
}
