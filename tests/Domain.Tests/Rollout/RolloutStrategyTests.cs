using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Tests.Serving;
using MlOps.Embedded.Workflows;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>The ways a version gets its traffic, and what holds it up.</summary>
public sealed class RolloutStrategyTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Canary_ThatATesterBreaks_IsNotRolledBackByWhatTheTesterAsked()
    {
        int calls = 0;
        bool isTester = false;
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(1);
        await world.Serving.RegisterAsync("churn", new FakeModel(rows => isTester && ++calls > 0 ? throw new InvalidOperationException("no") : [.. Enumerable.Repeat(0.5, rows.RowCount)]));
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Steps = [50], Bake = TimeSpan.FromMinutes(1) });
        await world.PassUntilPercentAsync(50);

        isTester = true;
        world.Serving.Time.Advance(TimeSpan.FromSeconds(2));
        for (int i = 0; i < 60; i++)
            await Record.ExceptionAsync(() => world.Serving.PredictAsync($"tester-{i}", version: "2"));
        isTester = false;
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((60, RolloutState.Promoted), (calls, outcome.State));
    }

    [Fact]
    public async Task Linear_OfAGoodVersion_RisesInEqualSteps()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Linear, Increment = 40 }));

        Assert.Equal(RolloutState.Promoted, outcome.State);
        Assert.Equal(
            ["version 1: 60 %, version 2: 40 %", "version 1: 20 %, version 2: 80 %", "version 2: 100 %"],
            (await world.TrafficHistoryAsync())[2..]);
    }

    [Theory]
    [InlineData(0, RolloutState.Promoted)]
    [InlineData(0.3, RolloutState.RolledBack)]
    public async Task Direct_KeptWarm_IsWatchedWithAllTraffic(double failing, RolloutState state)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Behave(2, failing: failing);
        await world.PassAsync(5);

        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Direct, KeepWarm = TimeSpan.FromSeconds(30) });
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(state, outcome.State);
        Assert.Equal(["version 1: 100 %", "version 2: 100 %"], (await world.TrafficHistoryAsync())[1..3]);
        Assert.Equal(state == RolloutState.Promoted ? "version 2: 100 %" : "version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Direct_WhileItBakes_KeepsTheOldVersionLoaded()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(2);
        await world.Serving.ServeAsync("churn", new TrafficShare(1, 10_000));
        Assert.Empty(world.Serving.Models.Memory.Models);

        await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Direct, KeepWarm = TimeSpan.FromMinutes(5) });
        await world.PassUntilPercentAsync(100);

        await world.PassUntilAsync(() => Task.FromResult(world.Serving.Models.Memory.Models.Any(m => m.Versions.Contains("churn/1") && m.HasTraffic)), "the champion without traffic is kept warm");
    }

    [Fact]
    public async Task Canary_InPlaceOfAChampionThatCannotBeLoaded_IsPromoted()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(0);
        int version = await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.5));
        int champion = await world.Serving.RegisterBrokenAsync("churn");
        await world.Serving.ServeAsync("churn", new TrafficShare(champion, 10_000));

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(version, RolloutWorld.Policy));

        Assert.Equal((RolloutState.Promoted, champion), (outcome.State, outcome.Champion));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(15)]
    [InlineData(20)]
    public async Task Direct_KeptWarmAfterAnIdleChampion_IsRolledBackWhenEverythingFails(int championRequests)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Serving.Time.Advance(TimeSpan.FromHours(1));
        for (int i = 0; i < championRequests; i++)
            world.Serving.Stats.Answered("churn", 1, TimeSpan.FromMilliseconds(1));
        world.Behave(2, failing: 1);

        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Strategy = RolloutStrategy.Direct, KeepWarm = TimeSpan.FromMinutes(50) });
        // The champion shall have as many requests as are said here, and none of those that come before the traffic turns.
        await world.PassUntilAsync(async () => await world.TrafficAsync() == "version 2: 100 %", "the new version has the traffic", requestsASecond: 0);
        RolloutOutcome outcome = await world.EndAsync(id, requestsASecond: 1);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        RolloutStatus status = await world.Rollouts.GetAsync("churn", None);
        Assert.True(status.UpdatedAt - status.StartedAt < TimeSpan.FromMinutes(5), $"it took {status.UpdatedAt - status.StartedAt}");
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Theory]
    [InlineData(0.3, 0.1, RolloutState.Promoted, "shown to be better")]
    [InlineData(0.1, 0.3, RolloutState.RolledBack, "shown not to be better")]
    public async Task AbTest_OfVersionsThatDiffer_EndsWithTheBetterOne(double champion, double canary, RolloutState state, string reason)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Behave(1, failing: champion);
        world.Behave(2, failing: canary);

        string id = await world.BeginAsync(2, AbTest with { MaxErrorRateIncrease = 1 });
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(state, outcome.State);
        RolloutDecision decision = (await world.DecisionsAsync(id)).First(d => d.Evidence?.Goal is not null);
        Assert.Contains(reason, decision.Evidence!.Goal!.Reason, StringComparison.Ordinal);
        Assert.Equal("version 1: 50 %, version 2: 50 %", (await world.TrafficHistoryAsync())[2]);
    }

    [Fact]
    public async Task AbTest_OfEqualVersions_CannotBeDecidedAndKeepsTheChampion()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Behave(1, failing: 0.2);
        world.Behave(2, failing: 0.2);

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(2, AbTest with { MaxErrorRateIncrease = 1, Deadline = TimeSpan.FromMinutes(2) }));

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.Contains("not yet clear whether it is better", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Guardrail_OfTheTruth_WaitsForItAndRollsBackWhatIsWrongMoreOften()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(0);
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.9));
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.1));
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }));
        RolloutPolicy policy = RolloutWorld.Policy with { Steps = [50], Guardrails = [new(RolloutMetric.Accuracy, 0.05, GuardrailLevel.Hard, 30)] };
        string id = await world.BeginAsync(2, policy);
        await world.PassUntilPercentAsync(50);
        await world.PassUntilAsync(
            async () => (await world.Rollouts.GetAsync("churn", None)).Reason.StartsWith("accuracy: 0 of 30 samples", StringComparison.Ordinal), "only the truth is missing");
        Assert.Equal(50, (await world.Rollouts.GetAsync("churn", None)).Percent);

        await world.AskAsync(200, truth: "Yes");
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("accuracy 0.00 % over ", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guardrail_SoftAndBroken_HoldsUntilTheDeadline()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Behave(2, milliseconds: 50);
        RolloutPolicy policy = RolloutWorld.Policy with { Guardrails = [new(RolloutMetric.LatencyP95, 2, GuardrailLevel.Soft)], Deadline = TimeSpan.FromMinutes(5) };

        string id = await world.BeginAsync(2, policy);
        await world.PassUntilAsync(async () => (await world.DecisionsAsync(id)).Any(d => d.Kind == RolloutDecisionKind.Held), "the rollout is held");
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("still held at the deadline of 5 min: p95 latency", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal(
            [RolloutDecisionKind.StepStarted, RolloutDecisionKind.Held, RolloutDecisionKind.Breached, RolloutDecisionKind.Ended],
            (await world.DecisionsAsync(id)).Select(d => d.Kind));
    }

    [Fact]
    public async Task Guardrail_OfPredictionShift_RollsBackAVersionThatAnswersDifferently()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(0);
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.5));
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.8));
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }));
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Steps = [50], Guardrails = [new(RolloutMetric.PredictionShift, 0.2)] });
        await world.PassUntilPercentAsync(50);

        await world.AskAsync(200, truth: null);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("prediction shift (PSI)", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pause_UntilResumed_TakesNoStepAndLetsTheDeadlineStandStill()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Deadline = TimeSpan.FromMinutes(2) });
        await world.PassUntilPercentAsync(10);

        await world.Rollouts.PauseAsync("churn", "bob", "lunch", None);
        await world.PassUntilAsync(async () => (await world.Rollouts.GetAsync("churn", None)).State == RolloutState.Paused, "it is paused", requestsASecond: 0);
        await world.PassAsync(300);
        Assert.Equal(10, (await world.Rollouts.GetAsync("churn", None)).Percent);
        await world.Rollouts.ResumeAsync("churn", "bob", null, None);

        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(id)).State);
        Assert.Equal(
            ["Pause by bob: lunch", "Resume by bob"],
            (await world.DecisionsAsync(id)).Where(d => d.Kind == RolloutDecisionKind.Commanded).Select(d => d.Reason));
    }

    [Fact]
    public async Task Pause_OfAVersionThatStartsToFail_StillRollsBack()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);
        await world.Rollouts.PauseAsync("churn", "bob", null, None);

        world.Behave(2, failing: 0.5);

        Assert.Equal(RolloutState.RolledBack, (await world.EndAsync(id)).State);
    }

    [Fact]
    public async Task Freeze_BeforeTheFirstStep_WaitsForItsEnd()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        DateTime now = world.Serving.Time.GetUtcNow().UtcDateTime;
        DateTime end = now.Date.AddHours(now.Hour + 2);
        string window = $"{now.Date.AddDays(-1):yyyy-MM-dd} - {end:yyyy-MM-dd'T'HH:mm}";

        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Freeze = [window] });
        await world.PassUntilAsync(async () => (await world.Rollouts.GetAsync("churn", None)).Reason.StartsWith("frozen until", StringComparison.Ordinal), "it waits", requestsASecond: 0);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        world.Serving.Time.Advance(end - now);

        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(id)).State);
    }

    [Fact]
    public async Task Pause_DuringAFreeze_HoldsTheFirstStepWhenTheFreezeEnds()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.PausedInAFreezeAsync(2, RolloutWorld.Policy);

        await world.PassAsync(20);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Equal(RolloutState.Paused, (await world.Rollouts.GetAsync("churn", None)).State);
        await world.Rollouts.ResumeAsync("churn", "bob", null, None);

        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(id)).State);
    }

    [Fact]
    public async Task Pause_DuringAFreeze_ForHoursOfLooks_ContinuesAsNewAndStaysPaused()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.PausedInAFreezeAsync(2, RolloutWorld.Policy);

        int looks = 0;
        await Eventually.TrueAsync(async () =>
        {
            world.Serving.Time.Advance(TimeSpan.FromMinutes(1));
            return ++looks % 50 == 0 && (await WorkflowHistory.ExportAsync(world.Serving.Tables, id, None)).Contains("\"generation\": 1", StringComparison.Ordinal);
        }, "it has continued as new");
        Assert.Equal(("version 1: 100 %", RolloutState.Paused), (await world.TrafficAsync(), (await world.Rollouts.GetAsync("churn", None)).State));
        await world.Rollouts.ResumeAsync("churn", "bob", null, None);

        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(id)).State);
        Assert.Equal(Enumerable.Range(0, 9), (await world.DecisionsAsync(id)).Select(d => d.Sequence));
    }

    [Fact]
    public async Task Pause_DuringAFreeze_EndsWhenAnotherRolloutTakesOver()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(3);
        string paused = await world.PausedInAFreezeAsync(2, RolloutWorld.Policy);

        string next = await world.BeginAsync(3, RolloutWorld.Policy);
        RolloutOutcome outcome = await world.EndAsync(paused);

        Assert.Equal((RolloutState.Superseded, $"rollout '{next}' of version 3 took over"), (outcome.State, outcome.Reason));
        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(next)).State);
    }

    [Theory]
    [InlineData(false, "mon 00:00 - fri 00:00", "fri 00:00 - sun 23:59")]
    [InlineData(true, "mon 00:00 - fri 00:00", "fri 00:00 - mon 00:00")]
    [InlineData(true, "wed 12:00 - wed 00:00", "tue 23:00 - wed 13:00")]
    [InlineData(false, "2026-12-01 - 2027-01-20")]
    [InlineData(true, "2026-12-01 - 2027-03-01")]
    [InlineData(true, "2026-12-01 - 2027-01-20", "2027-01-10 - 2027-02-20")]
    public void Freeze_WindowsThatLeaveNoGap_AreTooLong(bool tooLong, params string[] windows) => Assert.Equal(tooLong, FreezeWindow.AreTooLong(windows));

    [Theory]
    [InlineData("fri 16:00 - mon 08:00", "2026-01-02T15:59:00Z", null)]
    [InlineData("fri 16:00 - mon 08:00", "2026-01-02T16:00:00Z", "2026-01-05T08:00:00Z")]
    [InlineData("fri 16:00 - mon 08:00", "2026-01-05T07:59:59Z", "2026-01-05T08:00:00Z")]
    [InlineData("fri 16:00 - mon 08:00", "2026-01-05T08:00:00Z", null)]
    [InlineData("2026-12-20 - 2027-01-02T12:00", "2026-12-20T00:00:00Z", "2027-01-02T12:00:00Z")]
    [InlineData("2026-12-20 - 2027-01-02T12:00", "2027-01-02T12:00:00Z", null)]
    public void Freeze_AtATime_EndsWhenItSays(string window, string at, string? until) =>
        Assert.Equal(until is null ? null : DateTimeOffset.Parse(until), FreezeWindow.Until([window], DateTimeOffset.Parse(at)));

    [Theory]
    [InlineData("friday - monday")]
    [InlineData("fri 16:00 - fri 16:00")]
    [InlineData("2027-01-02 - 2026-12-20")]
    [InlineData("fri 16:00 - 2027-01-02")]
    public void Freeze_ThatIsNone_IsNotRead(string window) => Assert.Null(FreezeWindow.Parse(window));

    [Fact]
    public async Task Linear_WhoseLastStepLeavesTheChampionNothing_IsRefused()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);
        var policy = new RolloutPolicy { Strategy = RolloutStrategy.Linear, Increment = 33.333 };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 1, policy, "ann", None));

        Assert.Contains("last step before 100 percent would be 99.999", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unit_OnceSet_CanBeTakenBack()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        await world.BeginAsync(2, RolloutWorld.Policy with { Unit = "header:customer" });
        Assert.Equal("header:customer", (await world.Serving.Endpoints.GetAsync("churn", None)).Unit);

        await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy with { Unit = "caller", Strategy = RolloutStrategy.Direct }));

        Assert.Null((await world.Serving.Endpoints.GetAsync("churn", None)).Unit);
    }

    [Fact]
    public async Task Start_WithContradictorySettings_TellsEachOfThem()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);
        var policy = new RolloutPolicy
        {
            Goal = new RolloutGoal(RolloutMetric.LatencyP95, 0, -1),
            KeepWarm = TimeSpan.FromHours(1),
            Alpha = 0,
            Freeze = ["always", "mon 00:00 - fri 00:00", "fri 00:00 - mon 00:00"],
            Share = 0.001,
            ShadowShare = 0.001,
            Steps = [50, 99.995],
            Guardrails = [new(RolloutMetric.LatencyP95, 0.5), new(RolloutMetric.AbsoluteError, 0, MinSamples: 0), new(RolloutMetric.Reward, 1.5), new(RolloutMetric.BrierScore, 2.1)],
        };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 1, policy, "ann", None));

        foreach (string part in new[] { "goal is for strategy abTest", "no A/B test can compare", "minEffect is 0", "margin is -1", "keepWarm is for strategy direct", "alpha is 0", "freeze 'always'", "freeze lasts longer than 60 days", "share is 0.001", "shadowShare is 0.001", "steps[1] is 99.995", "guardrail latencyP95: max is 0.5", "guardrail absoluteError: max is 0", "minSamples is 0", "guardrail reward: max is 1.5, allowed is 0 to 1", "guardrail brierScore: max is 2.1, allowed is 0 to 2" })
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Step_AfterALongFreeze_BeginsWithItsVersionLoaded()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        await world.PausedInAFreezeAsync(2, RolloutWorld.Policy);
        ModelVersion version = await world.Serving.Registry.GetVersionAsync("churn", 2, None);
        world.Serving.Models.Unload("churn");
        Assert.Equal(ModelPhase.Unloaded, world.Serving.Models.StateOf(version).Phase);

        await world.Rollouts.ResumeAsync("churn", "bob", null, None);
        await world.PassUntilPercentAsync(10);

        Assert.Equal(ModelPhase.Loaded, world.Serving.Models.StateOf(version).Phase);
    }

    [Fact]
    public async Task Start_OfATestThatAnyVersionWouldPass_IsRefused()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);

        MlOpsException e = await ServingWorld.FailsAsync(
            ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 1, AbTest with { Goal = new RolloutGoal(RolloutMetric.Accuracy, 1.2, 1.5) }, "ann", None));

        Assert.Contains("goal.minEffect is 1.2, allowed is 1E-09 to 1", e.Message, StringComparison.Ordinal);
        Assert.Contains("goal.margin is 1.5, allowed is 0 to 1", e.Message, StringComparison.Ordinal);
    }

    private static RolloutPolicy AbTest { get; } = RolloutWorld.Policy with { Strategy = RolloutStrategy.AbTest, Goal = new RolloutGoal(RolloutMetric.ErrorRate, 0.1) };
}
