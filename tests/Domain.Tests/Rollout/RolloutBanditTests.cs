using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Tests.Serving;

namespace MlOps.Domain.Tests.Rollout;

public sealed class RolloutBanditTests
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(0.9, 0.1, RolloutState.RolledBack)]
    [InlineData(0.1, 0.9, RolloutState.Promoted)]
    public async Task Bandit_WhereOneVersionIsRewarded_GivesItTheTraffic(double champion, double canary, RolloutState state)
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(0);
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(champion));
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(canary));
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }));
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Floor = 20 });
        await world.PassUntilPercentAsync(50);

        await world.AskAsync(24, truth: "Yes");
        double share = state == RolloutState.Promoted ? 80 : 20;
        await world.PassUntilPercentAsync(share);
        Assert.Equal($"version 1: {100 - share} %, version 2: {share} %", await world.TrafficAsync());
        await world.AskAsync(200, truth: "Yes");
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(state, outcome.State);
        BanditEvidence bandit = (await world.DecisionsAsync(id)).Select(d => d.Evidence?.Bandit).First(b => b is not null)!;
        Assert.Equal(state == RolloutState.Promoted ? 1 : 0, bandit.Best, 0.01);
    }

    [Fact]
    public async Task Start_OfABanditThatComparesAnswersOfOtherHours_IsRefused()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);
        var policy = new RolloutPolicy { Strategy = RolloutStrategy.Bandit, Guardrails = [new(RolloutMetric.PredictionShift, 0.005)] };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 1, policy, "ann", None));

        Assert.Contains("PredictionShift is not for strategy bandit", e.Message, StringComparison.Ordinal);
        Assert.Contains("max is 0.005, allowed is 0.01 or more", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bandit_WithoutFeedback_NeitherMovesNorSucceeds()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Share = 49, Deadline = TimeSpan.FromMinutes(1) });
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("not enough to judge by within the deadline of 60 s: accuracy unknown", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal(["version 1: 51 %, version 2: 49 %", "version 1: 100 %"], (await world.TrafficHistoryAsync())[2..]);
    }
}
