using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Tests.Serving;
using MlOps.Learning.Trainers;

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

    [Theory]
    [InlineData(0.1, 0.9, RolloutState.Promoted)]
    [InlineData(0.9, 0.1, RolloutState.RolledBack)]
    public async Task Bandit_OfRegressionsByTheRewardsGiven_FollowsThem(double champion, double canary, RolloutState state)
    {
        // Both predict the same number, so nothing but what feedback says of an answer can tell them apart.
        await using RolloutWorld world = await RolloutWorld.OpenAsync(0);
        var signature = FakeModel.Churn with { Task = LearningTask.Regression, Classes = [] };
        for (int version = 1; version <= 2; version++)
            await world.Serving.RegisterAsync("churn", new FakeModel(rows => new double[rows.RowCount], signature));
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }));
        RolloutPolicy policy = RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Floor = 20 };
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 2, policy, "ann", None));
        Assert.Contains("set reward to given", e.Message, StringComparison.Ordinal);

        string id = await world.BeginAsync(2, policy with { Reward = RolloutReward.Given });
        await world.PassUntilPercentAsync(50);
        int asked = 0;
        await world.AskAsync(30, Rewarded);
        await world.PassUntilPercentAsync(state == RolloutState.Promoted ? 80 : 20);
        await world.AskAsync(250, Rewarded);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(state, outcome.State);
        MetricEvidence goal = (await world.DecisionsAsync(id)).Select(d => d.Evidence?.Goal).Last(g => g is not null)!;
        Assert.Equal(RolloutMetric.Reward, goal.Metric);
        Assert.Equal((champion, canary), (Math.Round(goal.Champion!.Value, 1), Math.Round(goal.Canary!.Value, 1)));

        Feedback Rewarded(string request, int version) => new(request, 0, null, Reward: (version == 1 ? champion : canary) + (asked++ % 2 == 0 ? 0.1 : -0.1));
    }

    [Fact]
    public async Task Start_WithRewardsWhereTheyMeanNothing_IsRefused()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);
        var policy = new RolloutPolicy { Strategy = RolloutStrategy.Shadow, Reward = RolloutReward.Given, Guardrails = [new(RolloutMetric.Reward, 0.1)] };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 1, policy, "ann", None));

        Assert.Contains("reward is for strategy bandit", e.Message, StringComparison.Ordinal);
        Assert.Contains("nobody sees a shadow's answers", e.Message, StringComparison.Ordinal);
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
