using System.Globalization;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>What keeps a bandit of several versions from moving its shares, and what ends it though nobody was shown to be worse.</summary>
public sealed class RolloutBanditHoldTests
{
    private const string Begun = "version 1: 40 %, version 2: 30 %, version 3: 30 %";

    private static readonly RolloutPolicy Policy = RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Reward = RolloutReward.Given, Others = [3], Share = 60 };

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Bandit_ThatIsPaused_KeepsItsSharesUntilItIsResumed()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        await world.BeginAsync(2, Policy);
        await world.PassUntilPercentAsync(60);
        await world.Rollouts.PauseAsync("churn", "bob", null, None);
        await world.PassUntilAsync(async () => (await world.Rollouts.GetAsync("churn", None)).State == RolloutState.Paused, "it is paused");

        await world.AskAsync(45, OnlyTheThird);
        await world.PassAsync(60);
        Assert.Equal((RolloutState.Paused, Begun), ((await world.Rollouts.GetAsync("churn", None)).State, await world.TrafficAsync()));
        await world.Rollouts.ResumeAsync("churn", "bob", null, None);
        await world.PassUntilAsync(async () => await world.TrafficAsync() == "version 1: 10 %, version 2: 10 %, version 3: 80 %", "the shares follow the rewards");
    }

    [Fact]
    public async Task Bandit_InAFreeze_GivesNobodyMoreUntilItsEnd()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        DateTimeOffset from = world.Serving.Time.GetUtcNow().AddMinutes(30), to = from.AddMinutes(30);
        await world.BeginAsync(2, Policy with { Deadline = TimeSpan.FromDays(1), Freeze = [string.Create(CultureInfo.InvariantCulture, $"{from:yyyy-MM-dd'T'HH:mm} - {to:yyyy-MM-dd'T'HH:mm}")] });
        await world.PassUntilPercentAsync(60);
        world.Serving.Time.Advance(TimeSpan.FromMinutes(31));

        await world.AskAsync(45, OnlyTheThird);
        await world.PassAsync(60);
        Assert.Equal(Begun, await world.TrafficAsync());
        world.Serving.Time.Advance(TimeSpan.FromMinutes(31));
        await world.PassUntilAsync(async () => await world.TrafficAsync() == "version 1: 10 %, version 2: 10 %, version 3: 80 %", "the shares follow the rewards");
    }

    [Theory]
    [InlineData(0, RolloutState.Running)]
    [InlineData(0.3, RolloutState.RolledBack)]
    public async Task Bandit_ThatLosesUnitsOfOneVersion_IsRolledBackForTheMismatch(double lost, RolloutState state)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        string id = await world.BeginAsync(2, Policy);
        await world.PassUntilPercentAsync(60);
        Endpoint endpoint = await world.Serving.Endpoints.GetAsync("churn", None);
        for (int i = 0; i < 4_000; i++)
        {
            string unit = $"user-{i}";
            int version = endpoint.VersionFor(unit)!.Value;
            if (version != 3 || StickyBucket.Of("lost", unit) >= lost * StickyBucket.Count)
                world.Serving.Exposures.Met(endpoint, unit, version);
        }

        if (state == RolloutState.Running)
            await world.PassAsync(30);
        else
            Assert.StartsWith("sample ratio mismatch", (await world.EndAsync(id)).Reason, StringComparison.Ordinal);
        Assert.Equal((state, state == RolloutState.Running ? Begun : "version 1: 100 %"), ((await world.Rollouts.GetAsync("churn", None)).State, await world.TrafficAsync()));
    }

    /// <summary>So few that nobody is shown to be worse yet.</summary>
    private static Feedback OnlyTheThird(string request, int version) => new(request, 0, null, Reward: version == 3 ? 1 : 0);
}
