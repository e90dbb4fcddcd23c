namespace MlOps.Domain.Rollout;

/// <summary>What of the champion a new version is compared with.</summary>
internal static class ChampionReference
{
    /// <summary>At the last step the champion has no traffic: it is compared by what it did before, from so long before the rollout.</summary>
    private static readonly TimeSpan History = TimeSpan.FromMinutes(10);

    /// <summary>Where its window begins.</summary>
    public static DateTimeOffset Since(RolloutStatus own, CheckInput input) => input.Percent < 100 ? input.Since : own.StartedAt - History;

    /// <summary>The samples it needs: as many as come to it while the new version, with its percentage of the traffic, gets those that this needs.</summary>
    public static long Needs(long needed, double percent) => Math.Clamp((long)Math.Floor(needed * (100 - percent) / Math.Max(percent, 0.01)), 1, needed);
}
