namespace MlOps.Domain.Rollout;

internal enum StageKind
{
    /// <summary>A share of the traffic, watched.</summary>
    Share,

    /// <summary>No traffic: the version answers copies of the champion's requests, unseen.</summary>
    Shadow,

    /// <summary>A share of the traffic until a goal is met or missed.</summary>
    Test,

    /// <summary>A share that follows the rewards.</summary>
    Bandit,
}

/// <summary>One step of a rollout.</summary>
/// <param name="Percent">Of the traffic.</param>
internal sealed record RolloutStage(double Percent, StageKind Kind = StageKind.Share)
{
    private static readonly RolloutStage All = new(100);

    /// <summary>The steps of a strategy, the last one with all traffic. A part of the workflow: the same policy must always give the same.</summary>
    /// <param name="watched">Whether there is a champion to compare with; without, there is one step.</param>
    public static IReadOnlyList<RolloutStage> Of(RolloutPolicy policy, bool watched) => !watched ? [All] : policy.Strategy switch
    {
        RolloutStrategy.Linear => [.. Rising(policy.Increment), All],
        RolloutStrategy.Shadow => [new(0, StageKind.Shadow), .. Steps(policy)],
        RolloutStrategy.AbTest => [new(policy.Share, StageKind.Test), All],
        RolloutStrategy.Bandit => [new(policy.Share, StageKind.Bandit), All],
        RolloutStrategy.Direct => [All],
        _ => Steps(policy),
    };

    /// <summary>Whether the version is watched at all.</summary>
    public static bool IsWatched(RolloutPolicy policy) => policy.Strategy != RolloutStrategy.Direct || policy.KeepWarm > TimeSpan.Zero;

    private static List<RolloutStage> Steps(RolloutPolicy policy) => [.. policy.Steps.Where(s => s < 100).Select(s => new RolloutStage(s)), All];

    private static IEnumerable<RolloutStage> Rising(double increment)
    {
        for (int i = 1; Math.Round(i * increment, 4) < 100; i++)
            yield return new RolloutStage(Math.Round(i * increment, 4));
    }
}
