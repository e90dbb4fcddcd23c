namespace MlOps.Domain.Rollout;

/// <summary>Settings of a policy that belong to one strategy, or to two; with another one they would silently do nothing.</summary>
public static class StrategySettings
{
    private static readonly (string Key, RolloutStrategy[] For)[] Table =
    [
        ("steps", [RolloutStrategy.Canary, RolloutStrategy.Shadow]),
        ("increment", [RolloutStrategy.Linear]),
        ("share", [RolloutStrategy.AbTest, RolloutStrategy.Bandit]),
        ("floor", [RolloutStrategy.Bandit]),
        ("reward", [RolloutStrategy.Bandit]),
        ("others", [RolloutStrategy.Bandit]),
        ("goal", [RolloutStrategy.AbTest]),
        ("shadowShare", [RolloutStrategy.Shadow]),
        ("keepWarm", [RolloutStrategy.Direct]),
    ];

    /// <summary>What is wrong with each of these keys that the strategy does not use, such as <c>is for strategy bandit, and this one is canary</c>.</summary>
    public static IEnumerable<(string Key, string Problem)> Misplaced(RolloutStrategy strategy, Func<string, bool> isGiven) => Table
        .Where(s => isGiven(s.Key) && !s.For.Contains(strategy))
        .Select(s => (s.Key, $"is for strategy {string.Join(" or ", s.For.Select(f => EnumWord.Of(f)))}, and this one is {EnumWord.Of(strategy)}"));
}
