using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Tests.Serving;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>What people and newer rollouts do to a rollout.</summary>
public sealed class RolloutCommandTests
{
    private static readonly RolloutPolicy Manual = RolloutWorld.Policy with { Steps = [20, 100], Approval = RolloutApproval.Manual };

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task DeleteVersion_ThatARolloutOrItsRollbackNeeds_IsRefused()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        var removal = new ModelRemoval(world.Serving.Registry, world.Serving.Endpoints);
        string id = await world.BeginAsync(2, Manual);
        await world.PassUntilPercentAsync(20);
        await world.Rollouts.PromoteAsync("churn", "bob", null, None);
        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(id)).State);

        Assert.Equal("model-in-use", (await Assert.ThrowsAsync<MlOpsException>(() => removal.DeleteVersionAsync("churn", 1, "bob", None))).Code);
        await world.Serving.Registry.Catalog.DeleteVersionAsync("churn", 1, "eve", None);
        MlOpsException gone = await Assert.ThrowsAsync<MlOpsException>(() => world.Rollouts.RollbackAsync("churn", "bob", null, None));

        Assert.Equal("model-version-missing", gone.Code);
        Assert.Equal("version 2: 100 %", await world.TrafficAsync());
        Assert.Equal(0, await world.Rollouts.ReconcileAsync(None));
    }

    [Fact]
    public async Task Approval_Missing_HoldsTheCanaryUntilSomebodyApproves()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, Manual);
        await PassUntilStateAsync(world, RolloutState.AwaitingApproval);
        await world.PassAsync(60);
        Assert.Equal("version 1: 80 %, version 2: 20 %", await world.TrafficAsync());

        await world.Rollouts.ApproveAsync("churn", "bob", "looks good", None);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.Promoted, outcome.State);
        RolloutDecision approval = Assert.Single(await world.DecisionsAsync(id), d => d.Kind == RolloutDecisionKind.Commanded);
        Assert.Equal(("Approve by bob: looks good", "bob"), (approval.Reason, approval.By));
    }

    [Fact]
    public async Task Approval_GivenBeforeItIsAskedFor_Counts()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, Manual);
        await world.PassUntilPercentAsync(20);

        await world.Rollouts.ApproveAsync("churn", "bob", null, None);

        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(id)).State);
    }

    [Fact]
    public async Task Approval_NotGivenInTime_RollsBack()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(2, Manual with { Deadline = TimeSpan.FromMinutes(3) }));

        Assert.Equal((RolloutState.RolledBack, "nobody approved within the deadline of 3 min"), (outcome.State, outcome.Reason));
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Approval_WhileTheCanaryStartsToFail_RollsBackWithoutWaiting()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, Manual);
        await PassUntilStateAsync(world, RolloutState.AwaitingApproval);

        world.Behave(2, failing: 0.5);

        Assert.Equal(RolloutState.RolledBack, (await world.EndAsync(id)).State);
    }

    [Fact]
    public async Task Approval_WhileASoftGuardrailIsBroken_DoesNotOverrideIt()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, Manual with { Guardrails = [new(RolloutMetric.LatencyP95, 2, GuardrailLevel.Soft)], Deadline = TimeSpan.FromMinutes(5) });
        await PassUntilStateAsync(world, RolloutState.AwaitingApproval);
        world.Behave(2, milliseconds: 50);
        await world.PassUntilAsync(async () => (await world.DecisionsAsync(id)).Any(d => d.Kind == RolloutDecisionKind.Held), "the broken guardrail is stored");

        await world.Rollouts.ApproveAsync("churn", "bob", "I do not care", None);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("still held at the deadline of 5 min: p95 latency", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approval_OfTheFirstVersion_ServesNothingBefore()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);
        string id = await world.BeginAsync(1, Manual);
        await PassUntilStateAsync(world, RolloutState.AwaitingApproval);
        await ServingWorld.FailsAsync(ErrorKind.NotFound, "endpoint-missing", () => world.Serving.PredictAsync("r1"));

        await world.Rollouts.ApproveAsync("churn", "bob", null, None);
        await world.EndAsync(id);
        world.Serving.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(1, (await world.Serving.PredictAsync("r2")).Version);
    }

    [Fact]
    public async Task Commands_OfPeople_AreStoredWithWhoWhenAndWhy()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, Manual);
        await world.PassUntilPercentAsync(20);
        DateTimeOffset before = world.Serving.Time.GetUtcNow();

        await world.Rollouts.PauseAsync("churn", "bob", "lunch", None);
        await world.Rollouts.ResumeAsync("churn", "bob", "back", None);
        await world.Rollouts.ApproveAsync("churn", "eve", "reviewed", None);
        await world.DoneAsync(world.Rollouts.PromoteAsync("churn", "ann", "hurry", None));

        RolloutDecision[] decisions = [.. (await world.DecisionsAsync(id)).Where(d => d.By is not null)];
        Assert.Equal(
            [("bob", "Pause by bob: lunch"), ("bob", "Resume by bob: back"), ("eve", "Approve by eve: reviewed"), ("ann", "Promote by ann: hurry"), ("ann", "promoted by ann: hurry")],
            decisions.Select(d => (d.By!, d.Reason)));
        Assert.All(decisions, d => Assert.InRange(d.At, before, world.Serving.Time.GetUtcNow()));
    }

    [Fact]
    public async Task Promote_InTheMiddle_SkipsTheRest()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, Manual);
        await world.PassUntilPercentAsync(20);

        await world.DoneAsync(world.Rollouts.PromoteAsync("churn", "bob", "hurry", None));
        RolloutOutcome outcome = await world.EndAsync(id, requestsASecond: 0);

        Assert.Equal((RolloutState.Promoted, "promoted by bob: hurry"), (outcome.State, outcome.Reason));
        Assert.Equal("version 2: 100 %", await world.TrafficAsync());
        Assert.Equal([("champion", 2), ("previous", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)).Order());
    }

    [Theory]
    [InlineData(true, RolloutState.Aborted, "aborted by bob: no")]
    [InlineData(false, RolloutState.RolledBack, "rolled back by bob: no")]
    public async Task AbortOrRollback_InTheMiddle_GivesTheTrafficBack(bool abort, RolloutState state, string reason)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);

        await world.DoneAsync(abort ? world.Rollouts.AbortAsync("churn", "bob", "no", None) : world.Rollouts.RollbackAsync("churn", "bob", "no", None));
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((state, reason), (outcome.State, outcome.Reason));
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Equal(["champion"], (await world.AliasesAsync()).Keys);
        RolloutStatus status = await world.Rollouts.GetAsync("churn", None);
        Assert.Equal((state, "bob", 0.0), (status.State, status.By, status.Percent));
    }

    [Fact]
    public async Task Rollback_AfterThePromotion_ReturnsToThePreviousVersionOnce()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy));

        RolloutStatus status = await world.Rollouts.RollbackAsync("churn", "bob", "complaints", None);

        Assert.Equal((RolloutState.RolledBack, "rolled back to version 1 by bob: complaints"), (status.State, status.Reason));
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Equal([("champion", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)));
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Conflict, "rollout-ended", () => world.Rollouts.RollbackAsync("churn", "bob", null, None));
        Assert.Equal("the last rollout of 'churn' (version 2) ended as rolledBack: rolled back to version 1 by bob: complaints; there is nothing to roll back", e.Message);
    }

    [Fact]
    public async Task Rollback_OfTheFirstChampion_HasNowhereToGo()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(1);

        await ServingWorld.FailsAsync(ErrorKind.Conflict, "rollout-no-previous", () => world.Rollouts.RollbackAsync("churn", "bob", null, None));

        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Start_WhileAnotherRolloutIsOpen_SupersedesIt()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        string old = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);

        string id = await world.BeginAsync(3, RolloutWorld.Policy);
        RolloutOutcome superseded = await world.EndAsync(old);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.Superseded, $"rollout '{id}' of version 3 took over"), (superseded.State, superseded.Reason));
        Assert.Equal((RolloutState.Promoted, 1), (outcome.State, outcome.Champion));
        Assert.Equal(
            [
                "none", "version 1: 100 %", "version 1: 90 %, version 2: 10 %", "version 1: 100 %", "version 1: 90 %, version 3: 10 %",
                "version 1: 50 %, version 3: 50 %", "version 3: 100 %",
            ],
            await world.TrafficHistoryAsync());
        Assert.Equal([("champion", 3), ("previous", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)).Order());
    }

    [Fact]
    public async Task Start_WhileAnUnprovenVersionHasAllTraffic_FallsBackToTheProvenOne()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(100);

        string id = await world.BeginAsync(3, RolloutWorld.Policy);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.Promoted, 1), (outcome.State, outcome.Champion));
        Assert.Equal(1, (await world.AliasesAsync())["previous"]);
    }

    [Fact]
    public async Task Start_OfTheChampionWhileAnotherIsOpen_EndsThatOne()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string old = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(1, RolloutWorld.Policy));

        Assert.Equal((RolloutState.Promoted, "version 1 is the champion already"), (outcome.State, outcome.Reason));
        Assert.Equal(RolloutState.Superseded, (await world.EndAsync(old)).State);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Equal(["champion"], (await world.AliasesAsync()).Keys);
    }

    [Fact]
    public async Task Start_OfManyAtOnce_LeavesExactlyOneInCharge()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(5);

        string[] ids = await Task.WhenAll(Enumerable.Range(2, 4).Select(async v => (await world.Rollouts.StartAsync("churn", v, RolloutWorld.Policy, "ann", None)).Id));
        var outcomes = new List<RolloutOutcome>();
        foreach (string id in ids)
            outcomes.Add(await world.EndAsync(id));

        RolloutOutcome winner = Assert.Single(outcomes, o => o.State == RolloutState.Promoted);
        Assert.All(outcomes.Where(o => o != winner), o => Assert.Equal(RolloutState.Superseded, o.State));
        Assert.Equal($"version {winner.Version}: 100 %", await world.TrafficAsync());
        Assert.Equal([("champion", winner.Version), ("previous", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)).Order());
    }

    [Fact]
    public async Task Promote_InAFreezeOfAVersionThatHasLeftMemory_LoadsItFirst()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        await world.FrozenAsync(2, RolloutWorld.Policy);
        world.Serving.Models.Unload("churn");

        await world.DoneAsync(world.Rollouts.PromoteAsync("churn", "bob", "hurry", None));

        Assert.Equal("version 2: 100 %", await world.TrafficAsync());
        Assert.Equal(ModelPhase.Loaded, await PhaseAsync(world, 2));
    }

    [Fact]
    public async Task Promote_InAFreezeOfAVersionThatCannotBeLoadedAnyMore_IsRefusedAndItNeverHasTraffic()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.FrozenAsync(2, RolloutWorld.Policy);
        world.Serving.Models.Unload("churn");
        await world.Serving.BreakAsync("churn", 2);

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => world.DoneAsync(world.Rollouts.PromoteAsync("churn", "bob", "hurry", None)));

        Assert.Contains("promoted by bob: hurry, but version 2 cannot be loaded", e.Message, StringComparison.Ordinal);
        Assert.Equal((ErrorKind.Conflict, "rollout-ended", RolloutState.RolledBack), (e.Kind, e.Code, (await world.Rollouts.GetAsync("churn", id, None)).State));
        Assert.Equal(["none", "version 1: 100 %"], await world.TrafficHistoryAsync());
        Assert.Equal(["champion"], (await world.AliasesAsync()).Keys);
    }

    [Fact]
    public async Task Rollback_AfterThePromotionToAVersionThatHasLeftMemory_LoadsItFirst()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy));
        world.Serving.Models.Unload("churn");

        await world.DoneAsync(world.Rollouts.RollbackAsync("churn", "bob", null, None));

        Assert.Equal(ModelPhase.Loaded, await PhaseAsync(world, 1));
    }

    [Fact]
    public async Task Rollback_ToAVersionThatCannotBeLoaded_GivesItTheTrafficAllTheSame()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy));
        world.Serving.Models.Unload("churn");
        await world.Serving.BreakAsync("churn", 1);

        RolloutStatus status = await world.DoneAsync(world.Rollouts.RollbackAsync("churn", "bob", null, None));

        Assert.Equal((RolloutState.RolledBack, "version 1: 100 %"), (status.State, await world.TrafficAsync()));
    }

    private static async Task<ModelPhase> PhaseAsync(RolloutWorld world, int version) =>
        world.Serving.Models.StateOf(await world.Serving.Registry.GetVersionAsync("churn", version, None)).Phase;

    private static Task PassUntilStateAsync(RolloutWorld world, RolloutState state) =>
        world.PassUntilAsync(async () => (await world.Rollouts.GetAsync("churn", None)).State == state, $"the rollout is {state}");
}
