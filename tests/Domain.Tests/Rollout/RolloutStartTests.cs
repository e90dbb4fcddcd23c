using MlOps.Domain.Rollout;
using MlOps.Domain.Tests.Serving;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>What is seen of a rollout between the answer to its start and its begin.</summary>
public sealed class RolloutStartTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Start_ThatHasNotBegunYet_IsSeenAndSteeredFromEveryProcess()
    {
        var proceed = new TaskCompletionSource();
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(2, catalog => BeginOf2(catalog, async (inner, context, input, token) =>
        {
            await proceed.Task;
            return await inner.RunAsync(context, input, token);
        }));

        world.Serving.Time.Advance(TimeSpan.FromSeconds(1));
        RolloutStatus started = await world.Rollouts.StartAsync("churn", 2, RolloutWorld.Policy, "ann", None);
        Rollouts elsewhere = world.Elsewhere();
        RolloutStatus seen = await elsewhere.GetAsync("churn", None);
        RolloutStatus paused = await elsewhere.PauseAsync("churn", "bob", null, None);

        Assert.Equal((started.Id, 2, (int?)1, RolloutState.Running, "starting"), (seen.Id, seen.Version, seen.Champion, seen.State, seen.Reason));
        Assert.Equal([started.Id, started.Id], [paused.Id, (await elsewhere.GetAsync("churn", started.Id, None)).Id]);
        Assert.Equal([2, 1], (await elsewhere.ListAsync("churn", None)).Select(r => r.Version));
        Assert.Empty(await world.DecisionsAsync(started.Id));
        proceed.SetResult();
        await world.PassUntilAsync(async () => (await elsewhere.GetAsync("churn", None)).State == RolloutState.Paused, "it has begun, and obeys");
        Assert.Equal([2, 1], (await elsewhere.ListAsync("churn", None)).Select(r => r.Version));
    }

    [Fact]
    public async Task Start_ThatCouldNotBegin_SaysWhyAndCommandsAreForTheOneBefore()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(2, catalog => BeginOf2(catalog, (_, _, _, _) => throw MlOpsException.Invalid("broken", "the log is off by now")));

        RolloutStatus started = await world.Rollouts.StartAsync("churn", 2, RolloutWorld.Policy, "ann", None);
        await world.DoneAsync(world.Engine.WaitAsync(started.Id, None));
        RolloutStatus seen = await world.Elsewhere().GetAsync("churn", None);

        Assert.Equal((started.Id, RolloutState.RolledBack), (seen.Id, seen.State));
        Assert.StartsWith("it could not begin: ", seen.Reason, StringComparison.Ordinal);
        Assert.Contains("the log is off by now", seen.Reason, StringComparison.Ordinal);
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Conflict, "rollout-ended", () => world.Rollouts.PauseAsync("churn", "bob", null, None));
        Assert.Contains("(version 1) ended as promoted", e.Message, StringComparison.Ordinal);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Start_OfTheVersionThatHasAllTraffic_IsSeenAndTheOneBeforeCanBeRolledBack()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy));

        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        RolloutStatus seen = await world.Rollouts.GetAsync("churn", None);
        await world.DoneAsync(world.Rollouts.RollbackAsync("churn", "bob", null, None));

        Assert.Equal((id, RolloutState.Promoted, "version 2 has all traffic already"), (seen.Id, seen.State, seen.Reason));
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Get_WhereTheOneThatEndedWasStartedByAClockThatIsAhead_IsTheOneThatIsOpen()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string ended = (await world.Rollouts.GetAsync("churn", None)).Id;
        await new RolloutTable(world.Serving.Tables).UpdateAsync("churn", ended, _ => true, r => r with { StartedAt = r.StartedAt.AddHours(1) }, None);

        // As a pipeline does, whose start is not noted.
        await world.Engine.StartAsync(RolloutWorkflow.WorkflowName, new RolloutInput("churn", 2, RolloutWorld.Policy), "of-pipeline", None);
        await world.PassUntilAsync(async () => (await world.Serving.Endpoints.FindAsync("churn", None))?.RolloutId == "of-pipeline", "it has the traffic", requestsASecond: 0);

        Assert.Equal(("of-pipeline", true), ((await world.Rollouts.GetAsync("churn", None)).Id, (await world.Rollouts.GetAsync("churn", None)).IsOpen));
    }

    private static WorkflowCatalog BeginOf2(WorkflowCatalog catalog, Func<IActivity, ActivityContext, object?, CancellationToken, Task<object?>> run) =>
        AlteredActivity.In(catalog, inner => inner.Name != "rollout-begin" ? inner : new AlteredActivity(
            inner, (context, input, token) => input is RolloutInput { Version: 2 } ? run(inner, context, input, token) : inner.RunAsync(context, input, token)));
}
