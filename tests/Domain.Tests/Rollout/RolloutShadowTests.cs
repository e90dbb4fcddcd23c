using MlOps.Contracts;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Tests.Serving;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>Versions that answer unseen, and units that get lost.</summary>
public sealed class RolloutShadowTests
{
    private static readonly RolloutPolicy Shadow = RolloutWorld.Policy with { Strategy = RolloutStrategy.Shadow, Steps = [100] };

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Shadow_ThatAnswersLikeTheChampion_IsNeverSeenAndThenTakesTraffic()
    {
        await using RolloutWorld world = await OpenAsync(0.9, 0.8);
        string id = await world.BeginAsync(2, Shadow);
        await UnderWayAsync(world);

        Assert.All(await AskAsync(world, 60), result => Assert.Equal((1, 0.9), (result.Version, result.Predictions.Scores[0])));
        await world.PassUntilPercentAsync(100, requestsASecond: 0);

        Assert.Equal("version 2: 100 %", await world.TrafficAsync());
        ShadowEvidence paired = (await world.DecisionsAsync(id)).Select(d => d.Evidence?.Shadow).First(s => s is not null)!;
        Assert.Equal((60, 1.0), (paired.Pairs, paired.Agreement));
        Assert.Equal(-0.1, paired.ScoreDifference!.Value, 9);
        Assert.True(paired.ScoreShift > 1);
        Assert.Null((await world.Serving.Endpoints.GetAsync("churn", None)).Shadow);
        Assert.All(await world.Serving.LoggedAsync(), row => Assert.Equal(1, row.Version));
    }

    [Fact]
    public async Task Shadow_ThatDisagrees_IsRolledBackByPairs()
    {
        await using RolloutWorld world = await OpenAsync(0.9, 0.2);
        string id = await world.BeginAsync(2, Shadow with { Guardrails = [new(RolloutMetric.Disagreement, 0.1)] });
        await UnderWayAsync(world);

        await AskAsync(world, 60);
        RolloutOutcome outcome = await world.EndAsync(id, requestsASecond: 0);

        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("share of other classes than the champion's 100.00 % over 60", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal(["none", "version 1: 100 %"], await world.TrafficHistoryAsync());
        Assert.Null((await world.Serving.Endpoints.GetAsync("churn", None)).Shadow);
    }

    [Fact]
    public async Task Shadow_WhoseTruthComes_IsComparedOnTheSameRows()
    {
        await using RolloutWorld world = await OpenAsync(0.8, 0.7);
        string id = await world.BeginAsync(2, Shadow with { Guardrails = [new(RolloutMetric.BrierScore, 0.01)] });
        await UnderWayAsync(world);
        List<PredictionResult> results = await AskAsync(world, 200);

        await world.Serving.Feedback.AddAsync("churn", [.. results.Select((r, i) => new Feedback(r.RequestId, 0, i % 10 == 0 ? "No" : "Yes"))], None);
        RolloutOutcome outcome = await world.EndAsync(id, requestsASecond: 0);

        // (0.9 x 0.3² + 0.1 x 0.7²) against (0.9 x 0.2² + 0.1 x 0.8²): 0.13 against 0.1.
        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("Brier score 0.13 over 200, the champion's 0.1 over 200", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shadow_ThatFails_IsRolledBackAndFailsNobody()
    {
        await using RolloutWorld world = await RolloutWorld.OpenAsync(0);
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(0.9));
        await world.Serving.RegisterAsync("churn", FakeModel.Broken("no"));
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }));
        string id = await world.BeginAsync(2, Shadow);
        await UnderWayAsync(world);

        Assert.Equal(60, (await AskAsync(world, 60)).Count);
        RolloutOutcome outcome = await world.EndAsync(id, requestsASecond: 0);

        Assert.StartsWith("error rate 100.00 % over 60, the champion's 0.00 % over 60", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollout_WhoseUnitsGetLost_CannotBeMeasured()
    {
        await using RolloutWorld world = await RolloutWorld.WithChampionAsync();
        string id = await world.BeginAsync(2, RolloutWorld.Policy with { Steps = [50], Bake = TimeSpan.FromMinutes(10) });
        await world.PassUntilPercentAsync(50);
        Endpoint endpoint = await world.Serving.Endpoints.GetAsync("churn", None);

        for (int i = 0; i < 3_000; i++)
        {
            int version = endpoint.VersionFor($"user-{i}")!.Value;
            if (version == 1 || i % 2 == 0)
                world.Serving.Exposures.Met(endpoint, $"user-{i}", version);
        }

        RolloutOutcome outcome = await world.EndAsync(id);
        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("sample ratio mismatch: ", outcome.Reason, StringComparison.Ordinal);
        RolloutDecision decision = Assert.Single(await world.DecisionsAsync(id), d => d.Kind == RolloutDecisionKind.CannotMeasure);
        Assert.Equal(0.5, decision.Evidence!.SampleRatio!.Share);
    }

    [Fact]
    public async Task Rollout_WhoseRecordsOfOneVersionGetLost_CannotBeMeasured()
    {
        // No record with a class of so long a name fits into the log's buffer.
        var wordy = FakeModel.Churn with { Classes = ["No", new string('Y', 100_000)] };
        await using RolloutWorld world = await AtHalfAsync(new FakeModel(rows => [.. Enumerable.Repeat(0.9, rows.RowCount)], wordy), RolloutWorld.Policy);

        await world.AskAsync(60, truth: null);

        Assert.True(world.Serving.Log.DroppedRows > 0);
        RolloutOutcome outcome = await world.EndAsync((await world.Rollouts.GetAsync("churn", None)).Id);
        Assert.Equal(RolloutState.RolledBack, outcome.State);
        Assert.StartsWith("sample ratio mismatch: 0 of ", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollout_WhoseFailuresAreAllowed_IsNotTakenForOneThatLosesUnits()
    {
        int calls = 0;
        var failing = new FakeModel(rows => ++calls % 2 == 0 ? throw new InvalidOperationException("every second one") : [.. Enumerable.Repeat(0.5, rows.RowCount)]);
        await using RolloutWorld world = await AtHalfAsync(failing, RolloutWorld.Policy with { Guardrails = [new(RolloutMetric.ErrorRate, 0.9)] });

        int failed = 0;
        world.Serving.Time.Advance(TimeSpan.FromSeconds(5));
        for (int i = 0; i < 600; i++)
            failed += await Record.ExceptionAsync(() => world.Serving.PredictAsync($"asked-{i}")) is null ? 0 : 1;

        Assert.InRange(failed, 120, 180);
        Assert.Equal(RolloutState.Promoted, (await world.EndAsync((await world.Rollouts.GetAsync("churn", None)).Id)).State);
    }

    /// <summary>Half of the units are to meet the model, with bake left.</summary>
    private static async Task<RolloutWorld> AtHalfAsync(FakeModel model, RolloutPolicy policy)
    {
        RolloutWorld world = await RolloutWorld.WithChampionAsync(1, log: new PredictionLogOptions { BufferedBytes = 64 << 10 });
        await world.Serving.RegisterAsync("churn", model);
        await world.BeginAsync(2, policy with { Steps = [50], Bake = TimeSpan.FromMinutes(1) });
        await world.PassUntilPercentAsync(50);
        return world;
    }

    private static async Task<RolloutWorld> OpenAsync(double champion, double shadow)
    {
        RolloutWorld world = await RolloutWorld.OpenAsync(0);
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(champion));
        await world.Serving.RegisterAsync("churn", FakeModel.Constant(shadow));
        await world.EndAsync(await world.BeginAsync(1, new RolloutPolicy { Strategy = RolloutStrategy.Direct }));
        return world;
    }

    private static async Task UnderWayAsync(RolloutWorld world)
    {
        await Eventually.TrueAsync(async () => (await world.Serving.Endpoints.GetAsync("churn", None)).Shadow is not null, "the shadow is on");
        world.Serving.Time.Advance(TimeSpan.FromSeconds(2));
    }

    private static async Task<List<PredictionResult>> AskAsync(RolloutWorld world, int requests)
    {
        var results = new List<PredictionResult>();
        for (int i = 0; i < requests; i++)
            results.Add(await world.Serving.PredictAsync($"asked-{i}"));
        await Eventually.TrueAsync(() => world.Serving.Shadows.Pending == 0, "the copies are answered");
        return results;
    }
}
