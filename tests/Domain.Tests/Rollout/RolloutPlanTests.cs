using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Tests.Serving;
using MlOps.Domain.Workflows;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Rollout;

public sealed class RolloutPlanTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Plan_OfACanary_NeedsItsRequestsAtEachShare()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, new RolloutPolicy { Steps = [10, 50], MinRequests = 864, Bake = TimeSpan.FromMinutes(1) }, None);

        Assert.Equal([10, 50, 100], plan.Steps.Select(s => s.Percent));
        Assert.Equal(400 / plan.MeasuredOver.TotalDays, plan.RequestsADay, 5.0);
        Assert.Equal([8_640, 1_728, 864], plan.Steps.Select(s => Math.Round(s.Days!.Value * plan.RequestsADay)));
        Assert.Equal(plan.Steps.Sum(s => s.Days)!.Value, plan.Days!.Value, 9);
    }

    [Fact]
    public async Task Plan_OfATestThatCannotEndInTime_IsRefusedWithTheDaysItNeeds()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1, failing: 0.1);
        RolloutPolicy policy = new() { Strategy = RolloutStrategy.AbTest, Goal = new RolloutGoal(RolloutMetric.ErrorRate, 0.005), Deadline = TimeSpan.FromHours(12) };

        RolloutPlan refused = await world.Rollouts.PlanAsync("churn", null, policy, None);
        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, policy with { Deadline = TimeSpan.FromDays(30) }, None);

        Assert.Equal((false, true), (refused.Possible, plan.Possible));
        Assert.Contains("but its deadline is 12 h", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(plan.Days, refused.Days);
        // z-test's 2 x 16 p(1-p)/d^2 is 115,200 values; looking all the time at a quarter of alpha costs some two to three times that.
        Assert.InRange(plan.Steps[0].Samples * 2, 150_000, 450_000);
        Assert.Equal(plan.Steps[0].Samples / (plan.RequestsADay / 2), plan.Steps[0].Days!.Value, 6);
    }

    [Fact]
    public async Task Plan_ForTruthThatNobodySends_IsRefused()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        RolloutPolicy policy = new() { Strategy = RolloutStrategy.AbTest, Goal = new RolloutGoal(RolloutMetric.Accuracy, 0.01) };

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, policy, None);

        Assert.Contains("send feedback first", plan.Reason, StringComparison.Ordinal);
        Assert.Equal((false, null, null), (plan.Possible, plan.Days, plan.Steps[0].Days));
        Assert.Contains("how late ground truth comes", plan.NotPlanned);
    }

    [Fact]
    public async Task Plan_OfATestWithHardlyAnyTrafficForTheChampion_WaitsForTheChampionsSamples()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1, failing: 0.1);
        RolloutPolicy policy = new() { Strategy = RolloutStrategy.AbTest, Share = 99, MinRequests = 1_000, Goal = new RolloutGoal(RolloutMetric.ErrorRate, 0.5), Deadline = TimeSpan.FromDays(30) };

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, policy, None);

        // The judge asks 1,000 of both: the champion's come with a hundredth of the traffic.
        Assert.Equal((1_000, 1_000), (plan.Steps[0].Samples, plan.Steps[0].ChampionSamples));
        Assert.Equal(1_000 / (plan.RequestsADay * 0.01), plan.Steps[0].Days!.Value, 6);
    }

    [Fact]
    public async Task Plan_WithWaitsOfPeopleAndCalendars_SaysThatTheyAreNotIn()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        RolloutPolicy policy = new() { MinRequests = 1, Approval = RolloutApproval.Manual, Freeze = ["fri 16:00 - mon 08:00"] };

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, policy, None);

        Assert.True(plan.Possible);
        Assert.Equal(3, plan.NotPlanned.Count);
        Assert.Contains("the wait for an approval", plan.NotPlanned);
        Assert.Contains("the wait for the end of freeze windows", plan.NotPlanned);
    }

    [Theory]
    [InlineData(RolloutMetric.PredictionShift)]
    [InlineData(RolloutMetric.Accuracy)]
    public async Task Plan_OfWhatIsReadFromTheLog_TakesLongerByItsSample(RolloutMetric metric)
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        await world.AskAsync(20, "Yes");
        await world.PassAsync(1, requestsASecond: 0);
        RolloutPolicy policy = new() { Steps = [50], Guardrails = [new(metric, 0.1, MinSamples: 10_000)], Deadline = TimeSpan.FromDays(30) };

        RolloutPlan whole = await world.Rollouts.PlanAsync("churn", null, policy, None);
        await world.Serving.Policies.SetAsync("churn", new LogPolicy { Sample = 0.1 }, "ann", None);
        RolloutPlan sampled = await world.Rollouts.PlanAsync("churn", null, policy, None);

        Assert.Equal(10, sampled.Days!.Value / whole.Days!.Value, 0.01);
    }

    [Theory]
    [InlineData(1, null, 1_000)]
    [InlineData(20, null, 50)]
    [InlineData(20, "ann", 1_500)]
    public async Task Plan_OfPredictionShift_CountsRowsAndTheUnitsTheyAreOf(int rows, string? unit, double requests)
    {
        // 1,000 rows of the new version, half of the traffic's; and ten units of each, where all 75 requests of the log were of one.
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        for (int i = 0; i < 75; i++)
            await world.Serving.Predictor.PredictAsync(new PredictionRequest("churn", null, ServingWorld.Rows(new double[rows]), $"r{i}", unit), None);
        world.Serving.Time.Advance(TimeSpan.FromSeconds(2));
        RolloutPolicy policy = new() { Steps = [50], MinRequests = 1, Bake = TimeSpan.Zero, Guardrails = [new(RolloutMetric.PredictionShift, 0.1, MinSamples: 500)], Deadline = TimeSpan.FromDays(30) };

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, policy, None);

        Assert.Equal(requests, plan.Steps[0].Days!.Value * plan.RequestsADay, requests * 0.01);
    }

    [Theory]
    [InlineData(1, 0.9, 1.2)]
    [InlineData(20, 12, 45)]
    public async Task Plan_OfRowsThatComeTogether_NeedsSoManyMoreOfThem(int rows, double least, double most)
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        for (int i = 0; i < 200; i++)
        {
            await world.Serving.Predictor.PredictAsync(new PredictionRequest("churn", null, ServingWorld.Rows(new double[rows]), $"r{i}", null), None);
            await world.Serving.Feedback.AddAsync("churn", [.. Enumerable.Range(0, rows).Select(row => new Feedback($"r{i}", row, i % 3 == 0 ? "Yes" : "No"))], None);
        }

        world.Serving.Time.Advance(TimeSpan.FromSeconds(2));
        RolloutPolicy policy = new() { Strategy = RolloutStrategy.AbTest, Goal = new RolloutGoal(RolloutMetric.Accuracy, 0.02) };

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, policy, None);

        // Of independent rows with a share of two thirds.
        double alone = SequentialPlan.Values(new MixtureSprt(policy.Alpha / 4, 0.02), 0.02, Math.Sqrt(2.0 / 9), 0.5) / 2;
        Assert.InRange(plan.Steps[0].Samples / alone, least, most);
        Assert.Equal(rows > 1, plan.Steps[0].Why.Contains("design effect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plan_OfWhatIsNotRecorded_IsRefusedAndSoIsItsRollout()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        await world.Serving.Policies.SetAsync("churn", new LogPolicy { Off = true }, "ann", None);
        RolloutPolicy policy = new() { Strategy = RolloutStrategy.Bandit };

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, policy, None);
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-log-off", () => world.Rollouts.StartAsync("churn", 1, policy, "ann", None));
        await world.Engine.StartAsync(RolloutWorkflow.WorkflowName, new RolloutInput("churn", 1, policy), "of-a-pipeline", None);
        WorkflowInstance instance = await world.DoneAsync(world.Engine.WaitAsync("of-a-pipeline", None));

        Assert.Equal((false, e.Message), (plan.Possible, plan.Reason));
        Assert.StartsWith("nothing is recorded of 'churn', and the rewards of a bandit cannot be had", e.Message, StringComparison.Ordinal);
        Assert.Contains("nothing is recorded of 'churn'", instance.Failure!.Message, StringComparison.Ordinal);
        Assert.True((await world.Rollouts.PlanAsync("churn", null, new RolloutPolicy { MinRequests = 1 }, None)).Possible);
    }

    [Fact]
    public async Task Plan_WithoutTraffic_IsRefused()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 0);

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", null, new RolloutPolicy(), None);

        Assert.False(plan.Possible);
        Assert.Contains("had no request", plan.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 1, ErrorKind.Invalid, "rollout-policy", "others names version 1, which is the champion")]
    [InlineData(2, 2, ErrorKind.Invalid, "rollout-policy", "others names version 2, which is the one that is rolled out")]
    [InlineData(null, 3, ErrorKind.Invalid, "rollout-policy", "others names version 3, a regression, while version 1 is a binary")]
    [InlineData(2, 3, ErrorKind.Invalid, "rollout-policy", "others names version 3, a regression, while version 2 is a binary")]
    [InlineData(null, 9, ErrorKind.NotFound, "model-version-missing", "9")]
    [InlineData(9, 2, ErrorKind.NotFound, "model-version-missing", "9")]
    public async Task Plan_OfABanditWhoseOthersCannotBe_IsRefusedAsItsStartIs(int? version, int other, ErrorKind kind, string code, string expected)
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.4));
        await world.Serving.RegisterAsync("churn", new FakeModel(rows => new double[rows.RowCount], FakeModel.Churn with { Task = LearningTask.Regression, Classes = [] }));
        var policy = new RolloutPolicy { Strategy = RolloutStrategy.Bandit, Others = [other] };

        MlOpsException planned = await ServingWorld.FailsAsync(kind, code, () => world.Rollouts.PlanAsync("churn", version, policy, None));
        MlOpsException started = await ServingWorld.FailsAsync(kind, code, () => world.Rollouts.StartAsync("churn", version ?? 2, policy, "ann", None));

        Assert.Contains(expected, planned.Message, StringComparison.Ordinal);
        if (version is not null)
            Assert.Equal(started.Message, planned.Message);
    }

    private static async Task<RolloutWorld> ServedAsync(int requestsASecond, double failing = 0)
    {
        RolloutWorld world = await RolloutWorld.OpenAsync(1);
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }), requestsASecond: 0);
        world.Behave(1, failing: failing);
        // A store that lags 300 seconds behind loses the oldest ones, and here they pass faster than it writes.
        for (int i = 0; i < 4; i++)
        {
            await world.PassAsync(100, requestsASecond);
            await world.Serving.Stats.FlushAsync(None);
        }

        return world;
    }
}
