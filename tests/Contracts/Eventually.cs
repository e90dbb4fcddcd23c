using System.Diagnostics;

namespace MlOps.Contracts;

/// <summary>Waits for a condition that other threads bring about, and says which one did not come.</summary>
public static class Eventually
{
    /// <summary>How long a test waits for what comes in an instant on a machine that has nothing else to do: only what never comes may take it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? timeout = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, timeout);

    /// <param name="every">How often to look; less often at what costs the other side something.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? timeout = null, TimeSpan? every = null)
    {
        // Not by the time of day, which may be set meanwhile.
        long began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > (timeout ?? Patience))
                throw new TimeoutException($"waited in vain until {what}");
            await Task.Delay(every ?? TimeSpan.FromMilliseconds(2));
        }
    }
}
