using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Tests.Serving;
using MlOps.Embedded.Workflows;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>Rollouts that take their course.</summary>
public sealed class RolloutTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Rollout_OfTheFirstVersion_TakesAllTrafficAtOnce()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(1, RolloutWorld.Policy));

        Assert.Equal((RolloutState.Promoted, 1, null), (outcome.State, outcome.Version, outcome.Champion));
        Assert.Equal(["none", "version 1: 100 %"], await world.TrafficHistoryAsync());
        Assert.Equal(["champion=1"], await world.AliasEventsAsync());
    }

    [Fact]
    public async Task Rollout_OfAGoodVersion_GoesStepByStepToChampion()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);
        Assert.Equal(2, (await world.AliasesAsync())["challenger"]);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal((RolloutState.Promoted, 2, 1), (outcome.State, outcome.Version, outcome.Champion));
        Assert.Equal(
            ["none", "version 1: 100 %", "version 1: 90 %, version 2: 10 %", "version 1: 50 %, version 2: 50 %", "version 2: 100 %"],
            await world.TrafficHistoryAsync());
        Assert.Equal([("champion", 2), ("previous", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)).Order());
        Assert.Equal(["champion=1", "challenger=2"], (await world.AliasEventsAsync())[..2]);
        Assert.Equal(["challenger=", "champion=2", "previous=1"], (await world.AliasEventsAsync())[2..].Order());
        RolloutStatus status = await world.Rollouts.GetAsync("churn", None);
        Assert.Equal((id, RolloutState.Promoted, 100.0, "all steps passed"), (status.Id, status.State, status.Percent, status.Reason));
    }

    [Fact]
    public async Task Rollout_ThatPassed_StoresEveryDecisionWithItsNumbers()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.EndAsync(id);

        List<RolloutDecision> decisions = await world.DecisionsAsync(id);
        Assert.Equal(
            [
                (RolloutDecisionKind.StepStarted, 10.0), (RolloutDecisionKind.StepPassed, 10), (RolloutDecisionKind.StepStarted, 50), (RolloutDecisionKind.StepPassed, 50),
                (RolloutDecisionKind.StepStarted, 100), (RolloutDecisionKind.StepPassed, 100), (RolloutDecisionKind.Ended, 100),
            ],
            decisions.Select(d => (d.Kind, d.Percent)));
        Assert.All(decisions.Where(d => d.Kind == RolloutDecisionKind.StepPassed), d =>
        {
            Assert.True(d.Canary!.Requests >= 20 && d.Champion!.Requests >= 1);
            Assert.InRange(d.Canary.P95!.Value, 0.9, 1.1);
            Assert.Equal([RolloutMetric.ErrorRate, RolloutMetric.RejectedRate, RolloutMetric.LatencyP95], d.Evidence!.Guardrails.Select(g => g.Metric));
            Assert.All(d.Evidence.Guardrails, g => Assert.True(g is { Verdict: EvidenceVerdict.Met, CanarySamples: >= 20, ChampionSamples: > 0, Canary: not null, Low: not null, High: not null, Limit: > 0 }));
        });
    }

    [Fact]
    public async Task Rollout_Direct_TakesAllTrafficAtOnceAndKeepsThePreviousVersion()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(2, new RolloutPolicy { Strategy = RolloutStrategy.Direct }), requestsASecond: 0);

        Assert.Equal(RolloutState.Promoted, outcome.State);
        Assert.Equal(["none", "version 1: 100 %", "version 2: 100 %"], await world.TrafficHistoryAsync());
        Assert.Equal(1, (await world.AliasesAsync())["previous"]);
    }

    [Fact]
    public async Task Rollout_OfAVersionThatFails_IsRolledBackBeforeTheBakeIsOver()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Behave(2, failing: 0.5);
        DateTimeOffset start = world.Serving.Time.GetUtcNow();

        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Bake = TimeSpan.FromHours(12), Deadline = TimeSpan.FromDays(1) });
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.Contains("allowed is 1 % more", outcome.Reason, StringComparison.Ordinal);
        Assert.True(world.Serving.Time.GetUtcNow() - start < TimeSpan.FromHours(1));
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Equal([("champion", 1)], (await world.AliasesAsync()).Select(a => (a.Key, a.Value)));
        RolloutDecision breach = Assert.Single(await world.DecisionsAsync(id), d => d.Kind == RolloutDecisionKind.Breached);
        Assert.True(breach.Canary!.Errors > 0 && breach.Champion!.Errors == 0);
    }

    [Theory]
    [InlineData(0, 50, "p95 latency ")]
    [InlineData(0.3, 1, "share of rejected requests ")]
    public async Task Rollout_OfASlowOrPickyVersion_IsRolledBack(double rejecting, double milliseconds, string reason)
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Behave(2, rejecting: rejecting, milliseconds: milliseconds);

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy));

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.Contains(reason, outcome.Reason, StringComparison.Ordinal);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
    }

    [Fact]
    public async Task Rollout_OfAVersionThatFailsWithAllTraffic_IsRolledBack()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(100);

        world.Behave(2, failing: 0.2);
        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Equal(1, (await world.AliasesAsync())["champion"]);
    }

    [Fact]
    public async Task Rollout_AsBadAsTheChampion_IsNotToBlame()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        world.Behave(1, failing: 0.3, milliseconds: 80);
        world.Behave(2, failing: 0.3, milliseconds: 80);

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(2, RolloutWorld.Policy with { MinRequests = 200, MaxErrorRateIncrease = 0.15 }), requestsASecond: 100);

        Assert.Equal((RolloutState.Promoted, "all steps passed"), (outcome.State, outcome.Reason));
    }

    [Fact]
    public async Task Rollout_WithoutTraffic_IsNeverASuccess()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Deadline = TimeSpan.FromMinutes(1) });
        RolloutOutcome outcome = await world.EndAsync(id, requestsASecond: 0);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("not enough to judge by within the deadline of 1 min: error rate: 0 of 20 samples", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal("version 1: 100 %", await world.TrafficAsync());
        Assert.Single(await world.DecisionsAsync(id), d => d.Kind == RolloutDecisionKind.CannotMeasure);
    }

    [Fact]
    public async Task Rollout_WithTooFewRequests_WaitsForThemPastTheBake()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy);
        await world.PassUntilPercentAsync(10);

        await world.PassUntilAsync(
            async () => (await world.Rollouts.GetAsync("churn", None)) is { } status && status.UpdatedAt - status.StepStartedAt > TimeSpan.FromMinutes(1),
            "a check came after the bake was over", requestsASecond: 0);
        Assert.Equal((RolloutState.Running, 10.0), ((await world.Rollouts.GetAsync("churn", None)).State, (await world.Rollouts.GetAsync("churn", None)).Percent));

        Assert.Equal(RolloutState.Promoted, (await world.EndAsync(id)).State);
    }

    [Fact]
    public async Task Rollout_WithMoreChecksThanAHistoryHolds_ContinuesAsNewAndEndsTheSame()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Steps = [50, 100], Deadline = TimeSpan.FromDays(10) });
        await world.PassUntilPercentAsync(50, requestsASecond: 0);
        for (int check = 0; check < 210; check++)
        {
            DateTimeOffset last = (await world.Rollouts.GetAsync("churn", None)).UpdatedAt;
            await world.PassUntilAsync(async () => (await world.Rollouts.GetAsync("churn", None)).UpdatedAt > last, "another check is made", requestsASecond: 0);
        }

        RolloutOutcome outcome = await world.EndAsync(id);

        Assert.Equal(RolloutState.Promoted, outcome.State);
        Assert.Equal(4 + 1, (await world.DecisionsAsync(id)).Count);
        Assert.Contains("\"generation\": 1", await WorkflowHistory.ExportAsync(world.Serving.Tables, id, None), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollout_OfTheChampionItself_ChangesNothing()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(1, RolloutWorld.Policy));

        Assert.Equal((RolloutState.Promoted, "version 1 has all traffic already"), (outcome.State, outcome.Reason));
        Assert.Equal(["none", "version 1: 100 %"], await world.TrafficHistoryAsync());
    }

    [Fact]
    public async Task Rollout_OfAVersionThatDoesNotLoad_NeverTakesTraffic()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync(1);
        int version = await world.Serving.RegisterBrokenAsync("churn");

        RolloutOutcome outcome = await world.EndAsync(await world.BeginAsync(version, RolloutWorld.Policy));

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.Contains($"step 'rollout-begin' failed: reading 'churn/{version}' failed with KeyNotFoundException", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal(["none", "version 1: 100 %"], await world.TrafficHistoryAsync());
    }

    [Fact]
    public async Task Start_OfAVersionThatDoesNotExist_IsNotFoundAndStartsNothing()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);

        await ServingWorld.FailsAsync(ErrorKind.NotFound, "model-version-missing", () => world.Rollouts.StartAsync("churn", 9, RolloutWorld.Policy, "ann", None));

        await ServingWorld.FailsAsync(ErrorKind.NotFound, "rollout-none", () => world.Rollouts.GetAsync("churn", None));
        Assert.Empty(await world.Engine.ListAsync(null, null, None).ToListAsync());
    }

    [Fact]
    public async Task Start_WithAPolicyThatCannotBe_TellsEveryMistake()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(1);
        var policy = new RolloutPolicy
        {
            Steps = [10, 5, 200],
            Bake = TimeSpan.FromHours(2),
            Deadline = TimeSpan.FromHours(1),
            MinRequests = 0,
            MaxErrorRateIncrease = double.NaN,
            MaxLatencyRatio = 0.5,
            CheckEvery = TimeSpan.Zero,
        };

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "rollout-policy", () => world.Rollouts.StartAsync("churn", 1, policy, "ann", None));

        foreach (string part in new[] { "steps[1] is 5, expected more than the 10", "steps[2] is 200", "deadline is 01:00:00", "minRequests is 0", "maxErrorRateIncrease is NaN", "maxLatencyRatio is 0.5", "checkEvery is 00:00:00" })
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }
}
