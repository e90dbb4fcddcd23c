namespace MlOps.Contracts;

/// <summary>Waits for a condition that other threads bring about, and says which one did not come.</summary>
public static class Eventually
{
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? timeout = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, timeout);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? timeout = null)
    {
        DateTime end = DateTime.UtcNow + (timeout ?? TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"waited in vain until {what}");
            await Task.Delay(2);
        }
    }
}
