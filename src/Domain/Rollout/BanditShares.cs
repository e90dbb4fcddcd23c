namespace MlOps.Domain.Rollout;

/// <summary>The shares of a bandit's new versions, as they were given or are wanted. A part of the workflow: the same must always give the same.</summary>
internal static class BanditShares
{
    /// <summary>Percentage points below which a bandit's share stays: less is not worth moving units for.</summary>
    public const double LeastTurn = 3;

    /// <summary>At the beginning, all alike; null where there is one new version.</summary>
    public static IReadOnlyList<BanditArm>? Begin(RolloutPolicy policy, int version) => policy.Others.Count == 0
        ? null
        : [.. policy.Others.Prepend(version).Select(v => new BanditArm(v, 1.0 / (policy.Others.Count + 2), Math.Floor(100 * policy.Share / (policy.Others.Count + 1)) / 100, 0, null))];

    /// <summary>What each has, but none for those that are out: nobody else's share rises.</summary>
    public static IReadOnlyList<BanditArm> Kept(IReadOnlyList<BanditArm> now, IReadOnlyList<BanditArm> wanted) =>
        [.. wanted.Select(w => w with { Percent = w.Out is null ? now.First(n => n.Version == w.Version).Percent : 0 })];

    /// <summary>Which version somebody promotes who does not wait for a winner: the likeliest by its rewards of those that are in, without any the one that the rollout was started with.</summary>
    public static int Likeliest(IReadOnlyList<BanditArm> arms, int started)
    {
        BanditArm[] left = [.. arms.Where(a => a.Out is null)];
        return left.Where(a => a.Rewards > 0).MaxBy(a => a.Best)?.Version ?? left.FirstOrDefault(a => a.Version == started)?.Version ?? left.FirstOrDefault()?.Version ?? started;
    }

    /// <summary>What is to be given to several new versions by what is wanted; null: what they have. While nobody may get more, only those that are out lose their share.</summary>
    public static IReadOnlyList<BanditArm>? Next(IReadOnlyList<BanditArm> now, IReadOnlyList<BanditArm> wanted, bool isPaused)
    {
        IReadOnlyList<BanditArm> next = isPaused ? Kept(now, wanted) : wanted;
        return AreOff(now, next) ? next : null;
    }

    /// <summary>Whether some share is off by so much, or one is out that still has some.</summary>
    private static bool AreOff(IReadOnlyList<BanditArm> now, IReadOnlyList<BanditArm> wanted) => wanted.Any(w =>
        now.First(n => n.Version == w.Version).Percent is var has && (Math.Abs(has - w.Percent) >= LeastTurn || (w.Out is not null && has > 0)));
}
