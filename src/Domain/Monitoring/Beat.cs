namespace MlOps.Domain.Monitoring;

/// <summary>Times that fall due at a fixed distance from a beginning.</summary>
public static class Beat
{
    /// <summary>The latest of <c>since + k * every</c>, k = 1, 2, ..., that is not after <paramref name="now"/>; null before the first.</summary>
    public static DateTimeOffset? Latest(DateTimeOffset since, TimeSpan every, DateTimeOffset now)
    {
        long beats = now <= since ? 0 : (now - since).Ticks / every.Ticks;
        return beats == 0 ? null : since + TimeSpan.FromTicks(beats * every.Ticks);
    }
}
