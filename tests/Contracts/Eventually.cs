namespace MlOps.Contracts;

/// <summary>Waits for a condition that other threads bring about, and says which one did not come.</summary>
public static class Eventually
{
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? timeout = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, timeout);

    /// <param name="every">How often to look; less often at what costs the other side something.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? timeout = null, TimeSpan? every = null)
    {
        DateTime end = DateTime.UtcNow + (timeout ?? TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"waited in vain until {what}");
            await Task.Delay(every ?? TimeSpan.FromMilliseconds(2));
        }
    }
}
