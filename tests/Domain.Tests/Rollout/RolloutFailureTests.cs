using System.Text.Json;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Serving;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>Rollouts whose host stops, whose steps are repeated, or whose workflow is taken from under them.</summary>
public sealed class RolloutFailureTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Rollout_WhoseEngineRestartsAtEachStep_GoesOnAsIfNothingWas()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        foreach (double percent in new double[] { 10, 50, 100 })
        {
            await world.PassUntilPercentAsync(percent);
            await world.RestartAsync();
        }

        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.Promoted, outcome.State);
        Assert.Equal(5, (await world.TrafficHistoryAsync()).Count);
        Assert.Equal(7, (await world.DecisionsAsync(id)).Count);
    }

    [Fact]
    public async Task Rollout_WhoseEveryActivityRunsTwice_HasEveryEffectOnce()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3, Twice);

        string old = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(50);
        string id = await world.BeginAsync(3, RolloutWorld.Policy);
        await world.EndAsync(old);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.Promoted, 1), (outcome.State, outcome.Champion));
        Assert.Equal(
            [
                "none", "version 1: 100 %", "version 1: 90 %, version 2: 10 %", "version 1: 50 %, version 2: 50 %", "version 1: 100 %",
                "version 1: 90 %, version 3: 10 %", "version 1: 50 %, version 3: 50 %", "version 3: 100 %",
            ],
            await world.TrafficHistoryAsync());
        Assert.Equal(["champion=1", "challenger=2", "challenger=3"], (await world.AliasEventsAsync())[..3]);
        Assert.Equal(["challenger=", "champion=3", "previous=1"], (await world.AliasEventsAsync())[3..].Order());
        Assert.Equal(7, (await world.DecisionsAsync(id)).Count);
    }

    [Fact]
    public async Task Reconcile_OfARolloutWhoseWorkflowWasCancelled_GivesTheTrafficBack()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);
        Assert.Equal(0, await world.Rollouts.ReconcileAsync(None));

        await world.Engine.CancelAsync(id, "pipeline cancelled", None);
        await world.DoneAsync(world.Engine.WaitAsync(id, None));

        Assert.Equal(1, await world.Rollouts.ReconcileAsync(None));
        Assert.Equal(0, await world.Rollouts.ReconcileAsync(None));
        RolloutStatus status = await world.Rollouts.GetAsync("churn", None);
        Assert.Equal((RolloutState.RolledBack, "its workflow was cancelled"), (status.State, status.Reason));
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Abort_OfARolloutWhoseWorkflowWasCancelled_WorksAndPromoteDoesNot()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);
        await world.Engine.CancelAsync(id, "oops", None);
        await world.DoneAsync(world.Engine.WaitAsync(id, None));

        await ServingWorld.FailsAsync(ErrorKind.Conflict, "rollout-lost", () => world.Rollouts.PromoteAsync("churn", "bob", null, None));
        RolloutStatus status = await world.Rollouts.AbortAsync("churn", "bob", null, None);

        Assert.Equal(RolloutState.Aborted, status.State);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Rollout_WhoseCheckFailsForGood_IsRolledBack()
    {
        bool broken = false;
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(2, catalog => AlteredActivity.In(catalog, inner => inner.Name == "rollout-check"
            ? new AlteredActivity(inner, (context, input, token) => broken ? throw MlOpsException.Invalid("broken", "the counters are unreadable") : inner.RunAsync(context, input, token))
            : inner));
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);

        broken = true;
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.RolledBack, "step 'rollout-check' failed: the counters are unreadable"), (outcome.State, outcome.Reason));
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Promotion_OfAVersionThatHasLeftMemory_WhileTheStoreIsAway_WaitsForIt()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(100);
        world.Serving.Models.Unload("churn");
        await world.Serving.AwayAsync("churn", 2, loads: 5);

        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.Promoted, "all steps passed"), (outcome.State, outcome.Reason));
        Assert.Equal("version 2: 100 %", await world.TrafficAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Promotion_InterruptedAfterTheTraffic_IsFinishedAsAPromotion(bool byNewerRollout)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);
        await world.Engine.CancelAsync(id, "the process died here", None);
        await world.DoneAsync(world.Engine.WaitAsync(id, None));
        await new RolloutTable(world.Serving.Tables).ChangeAsync("churn", id, r => r with { Ending = new RolloutEnd(RolloutState.Promoted, "all steps passed") }, None);
        await world.Serving.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(2), "all steps passed", id, Key: $"{id}~end"), None);

        if (byNewerRollout)
            Assert.Equal(2, (await world.EndAsync(await world.BeginAsync(3, RolloutWorld.Policy))).Champion);
        else
            Assert.Equal(1, await world.Rollouts.ReconcileAsync(None));

        RolloutStatus status = await world.Rollouts.GetAsync("churn", id, None);
        Assert.Equal((RolloutState.Promoted, "all steps passed"), (status.State, status.Reason));
        Assert.Equal(
            byNewerRollout ? [("champion", 3), ("previous", 2)] : [("champion", 2), ("previous", 1)],
            (await world.AliasesAsync()).Select(a => (a.Key, a.Value)).Order());
    }

    [Fact]
    public async Task Reconcile_OfAPromotionAtRest_DoesNotReadItsDocument()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.EndAsync(id);
        Entity row = (await world.Serving.Tables.FindAsync("rollouts", new EntityKey("churn", "r-" + id), None))!;
        var unreadable = new Entity("churn", "r-" + id) { ["state"] = row.Text("state"), ["document"] = row.Text("document")!.Replace("\"policy\":{", "\"policy\":[", StringComparison.Ordinal) };
        await world.Serving.Tables.WriteAsync("rollouts", EntityWrite.Upsert(unreadable), None);

        Assert.Equal(0, await world.Rollouts.ReconcileAsync(None));

        await Assert.ThrowsAsync<JsonException>(() => world.Rollouts.GetAsync("churn", None));
    }

    [Fact]
    public async Task RollbackAfterPromotion_InterruptedAfterTheTraffic_IsFinished()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.EndAsync(id);
        await new RolloutTable(world.Serving.Tables).UpdateAsync("churn", id, _ => true, r => r with { Ending = new RolloutEnd(RolloutState.RolledBack, "complaints") }, None);
        await world.Serving.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "complaints", id, Key: $"{id}~restore"), None);

        Assert.Equal(1, await world.Rollouts.ReconcileAsync(None));

        Assert.Equal(0, await world.Rollouts.ReconcileAsync(None));
        Assert.Equal(RolloutState.RolledBack, (await world.Rollouts.GetAsync("churn", None)).State);
        Assert.Equal([("champion", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Command_WhileThePromotionIsOnItsWay_RollsItBackOrSaysThatItCameTooLate(bool abort)
    {
        var ending = new TaskCompletionSource();
        var proceed = new TaskCompletionSource();
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(2, catalog => AlteredActivity.In(catalog, inner => inner.Name != "rollout-end" ? inner : new AlteredActivity(inner, async (context, input, token) =>
        {
            if (input is EndInput { Version: 2 })
            {
                ending.TrySetResult();
                await proceed.Task;
            }

            return await inner.RunAsync(context, input, token);
        })));
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilAsync(() => Task.FromResult(ending.Task.IsCompleted), "all steps have passed");

        Task<RolloutStatus> command = abort ? world.Rollouts.AbortAsync("churn", "bob", "no", None) : world.Rollouts.RollbackAsync("churn", "bob", "no", None);
        Assert.False(command.IsCompleted);
        proceed.SetResult();

        if (abort)
            Assert.Equal("rollout-ended", (await Assert.ThrowsAsync<MlOpsException>(() => world.DoneAsync(command))).Code);
        else
            Assert.Equal((RolloutState.RolledBack, "rolled back to version 1 by bob: no"), ((await world.DoneAsync(command)).State, (await command).Reason));
        Assert.Equal(WorkflowState.Completed, (await world.DoneAsync(world.Engine.WaitAsync(id, None))).State);
        Assert.Equal(abort ? 2 : 1, (await world.AliasesAsync())["champion"]);
        Assert.Equal($"version {(abort ? 2 : 1)}: 100 %", await world.TrafficAsync());
    }

    private static WorkflowCatalog Twice(WorkflowCatalog catalog) => AlteredActivity.In(catalog, inner => new AlteredActivity(inner, async (context, input, token) =>
    {
        await inner.RunAsync(context, input, token);
        return await inner.RunAsync(context, input, token);
    }));
}
