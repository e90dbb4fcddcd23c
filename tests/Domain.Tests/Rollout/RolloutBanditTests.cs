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
        Assert.Contains(await world.DecisionsAsync(id), d => d.Kind == RolloutDecisionKind.StepStarted && d.Evidence?.Bandit?.Percent == share);
        BanditEvidence bandit = (await world.DecisionsAsync(id)).Select(d => d.Evidence?.Bandit).Last(b => b is not null)!;
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
    public async Task Bandit_OfSeveralVersions_DropsTheWorseOnesAndPromotesTheBest()
    {
        double[] rewards = [0, 0.5, 0.2, 0.9, 0.9];
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(4);
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Reward = RolloutReward.Given, Others = [3, 4], Share = 60, Guardrails = [new(RolloutMetric.Reward, 0.9)] });
        await world.PassUntilAsync(async () => await world.TrafficAsync() == "version 1: 40 %, version 2: 20 %, version 3: 20 %, version 4: 20 %", "all have their first shares");

        world.Behave(4, failing: 1);
        await world.PassUntilAsync(async () => !(await world.TrafficAsync()).Contains("version 4", StringComparison.Ordinal), "the one that fails is out");
        int asked = 0;
        Feedback Rewarded(string request, int version) => new(request, 0, null, Reward: rewards[version] + (asked++ % 2 == 0 ? 0.1 : -0.1));
        await world.AskAsync(400, Rewarded);
        await world.PassUntilPercentAsync(100);
        await world.AskAsync(40, Rewarded);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.Promoted, 3, 1), (outcome.State, outcome.Version, outcome.Champion));
        Assert.Equal("version 3: 100 %", await world.TrafficAsync());
        Assert.Equal([("champion", 3), ("previous", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)).Order());
        Assert.Equal((2, 3), ((await world.Rollouts.GetAsync("churn", None)).Version, (await world.Rollouts.GetAsync("churn", None)).Leading));
        List<RolloutDecision> decisions = await world.DecisionsAsync(id);
        RolloutDecision dropped = decisions.First(d => d.Kind == RolloutDecisionKind.StepStarted && d.Reason.Contains("error rate 100.00 %", StringComparison.Ordinal));
        Assert.Equal([null, null, 0.0], dropped.Evidence!.Bandit!.Arms!.Select(a => a.Out is null ? (double?)null : a.Percent));
        BanditEvidence bandit = decisions.Select(d => d.Evidence?.Bandit).Last(b => b?.Winner is not null)!;
        Assert.Equal([2, 3, 4], bandit.Arms!.Select(a => a.Version));
        Assert.StartsWith("version 2 is shown to be worse than version", bandit.Arms![0].Out, StringComparison.Ordinal);
        Assert.Null(bandit.Arms[1].Out);
        Assert.StartsWith("error rate 100.00 %", bandit.Arms[2].Out, StringComparison.Ordinal);

        RolloutStatus back = await world.DoneAsync(world.Rollouts.RollbackAsync("churn", "ann", null, None));
        Assert.Equal((RolloutState.RolledBack, "version 1: 100 %"), (back.State, await world.TrafficAsync()));
    }

    [Fact]
    public async Task Bandit_OfSeveralVersionsThatNeedsApproval_WaitsWithItsWinnerAndPromotesThatOne()
    {
        // Two new versions are still in when one of them has won, so that its units are not all that met a new one.
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Reward = RolloutReward.Given, Others = [3], Share = 66, Floor = 30, Approval = RolloutApproval.Manual });
        await world.PassUntilPercentAsync(66);
        int asked = 0;
        Feedback Rewarded(string request, int version) => new(request, 0, null, Reward: (version == 1 ? 0.2 : version == 3 ? 0.9 : 0.89) + (asked++ % 2 == 0 ? 0.1 : -0.1));
        await world.AskAsync(600, Rewarded);
        await world.PassUntilAsync(async () => (await world.Rollouts.GetAsync("churn", None)).State == RolloutState.AwaitingApproval, "it waits for its approval");
        await world.AskAsync(300, Rewarded);
        await world.PassAsync(10);
        Assert.Equal(RolloutState.AwaitingApproval, (await world.Rollouts.GetAsync("churn", None)).State);
        int winner = (await world.DecisionsAsync(id)).Select(d => d.Evidence?.Bandit?.Winner).OfType<int>().Last();

        await world.Rollouts.ApproveAsync("churn", "bob", null, None);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.Promoted, winner), (outcome.State, outcome.Version));
        Assert.Equal($"version {winner}: 100 %", await world.TrafficAsync());
        Assert.Equal(winner, (await world.AliasesAsync())["champion"]);
    }

    [Fact]
    public void Promoted_BeforeThereIsAWinner_IsTheLikeliestThatIsIn()
    {
        IReadOnlyList<BanditArm> begun = BanditShares.Begin(new RolloutPolicy { Others = [3, 4, 5], Share = 99.99 }, 2)!;

        Assert.True(begun.Sum(a => a.Percent) < 100);
        Assert.Equal(2, BanditShares.Likeliest(begun, 2));
        Assert.Equal(3, BanditShares.Likeliest([begun[0] with { Out = "fails" }, begun[1], begun[2]], 2));
        Assert.Equal(4, BanditShares.Likeliest([begun[0] with { Out = "fails", Rewards = 9, Best = 0.9 }, begun[1] with { Rewards = 9, Best = 0.2 }, begun[2] with { Rewards = 9, Best = 0.5 }], 2));
    }

    [Fact]
    public async Task Bandit_WhoseNewVersionsAllFail_GivesTheTrafficBack()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        world.Behave(2, failing: 1);
        world.Behave(3, failing: 1);
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Others = [3] });

        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("error rate 100.00 %", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Equal(1, (await world.AliasesAsync())["champion"]);
    }

    [Theory]
    [InlineData(RolloutStrategy.Canary, 3, 10, "others is for strategy bandit")]
    [InlineData(RolloutStrategy.Bandit, 1, 10, "others names version 1, which is the champion")]
    [InlineData(RolloutStrategy.Bandit, 2, 10, "others names version 2, which is the one that is rolled out")]
    [InlineData(RolloutStrategy.Bandit, 3, 40, "floor is 40, allowed is 33.33 percent at most for 3 versions")]
    public async Task Start_OfABanditWhoseOthersCannotBe_IsRefused(RolloutStrategy strategy, int other, double floor, string expected)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);

        MlOpsException e = await ServingWorld.FailsAsync(
            ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 2, new RolloutPolicy { Strategy = strategy, Others = [other], Floor = floor }, "ann", None));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfABanditInPlaceOfAnOpenRollout_MayNameTheVersionThatHasTheTrafficNow()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        await world.BeginAsync(2, new RolloutPolicy { Strategy = RolloutStrategy.Direct, KeepWarm = TimeSpan.FromHours(1) });
        await world.PassUntilPercentAsync(100);
        RolloutPolicy policy = RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Others = [2], Share = 40 };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 3, policy with { Others = [1] }, "ann", None));
        await world.BeginAsync(3, policy);
        await world.PassUntilPercentAsync(40);

        Assert.Contains("others names version 1, which is the champion", e.Message, StringComparison.Ordinal);
        Assert.Equal("version 1: 60 %, version 3: 20 %, version 2: 20 %", await world.TrafficAsync());
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

        Assert.Contains("guardrail predictionShift is not for strategy bandit", e.Message, StringComparison.Ordinal);
        Assert.Contains("max is 0.005, allowed is 0.01 or more", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bandit_WithoutFeedback_NeitherMovesNorSucceeds()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Bandit, Share = 20, Deadline = TimeSpan.FromMinutes(1) });
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("not enough to judge by within the deadline of 1 min: accuracy unknown", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal(["version 1: 80 %, version 2: 20 %", "version 1: 100 %"], (await world.TrafficHistoryAsync())[2..]);
    }
}
