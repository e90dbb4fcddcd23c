using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Tests.Serving;

namespace MlOps.Domain.Tests.Rollout;

public sealed class RolloutPlanTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Plan_OfACanary_NeedsItsRequestsAtEachShare()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);

        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", new RolloutPolicy { Steps = [10, 50], MinRequests = 864, Bake = TimeSpan.FromMinutes(1) }, None);

        Assert.Equal([10, 50, 100], plan.Steps.Select(s => s.Percent));
        Assert.Equal(400 / plan.MeasuredOver.TotalDays, plan.RequestsADay, 5.0);
        Assert.Equal([8_640, 1_728, 864], plan.Steps.Select(s => Math.Round(s.Days * plan.RequestsADay)));
        Assert.Equal(plan.Steps.Sum(s => s.Days), plan.Days, 9);
    }

    [Fact]
    public async Task Plan_OfATestThatCannotEndInTime_IsRefusedWithTheDaysItNeeds()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1, failing: 0.1);
        RolloutPolicy policy = new() { Strategy = RolloutStrategy.AbTest, Goal = new RolloutGoal(RolloutMetric.ErrorRate, 0.005), Deadline = TimeSpan.FromHours(12) };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Conflict, "rollout-plan-impossible", () => world.Rollouts.PlanAsync("churn", policy, None));
        RolloutPlan plan = await world.Rollouts.PlanAsync("churn", policy with { Deadline = TimeSpan.FromDays(30) }, None);

        Assert.Contains("but its deadline is 0.5 days", e.Message, StringComparison.Ordinal);
        // z-test's 2 x 16 p(1-p)/d^2 is 115,200 values; looking all the time costs some two to three times that.
        Assert.InRange(plan.Steps[0].Samples * 2, 150_000, 400_000);
        Assert.Equal(plan.Steps[0].Samples / (plan.RequestsADay / 2), plan.Steps[0].Days, 6);
    }

    [Fact]
    public async Task Plan_ForTruthThatNobodySends_IsRefused()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 1);
        RolloutPolicy policy = new() { Strategy = RolloutStrategy.AbTest, Goal = new RolloutGoal(RolloutMetric.Accuracy, 0.01) };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Conflict, "rollout-plan-impossible", () => world.Rollouts.PlanAsync("churn", policy, None));

        Assert.Contains("send feedback first", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_WithoutTraffic_IsRefused()
    {
        await using RolloutWorld world = await ServedAsync(requestsASecond: 0);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Conflict, "rollout-plan-impossible", () => world.Rollouts.PlanAsync("churn", new RolloutPolicy(), None));

        Assert.Contains("had no request", e.Message, StringComparison.Ordinal);
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
