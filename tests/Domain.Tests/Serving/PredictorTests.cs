using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Serving;

public sealed class PredictorTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    [Fact]
    public async Task Predict_ByTraffic_AnswersWithVersionAndLogsAndCounts()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.7));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));

        PredictionResult result = await _world.PredictAsync("r1", tenure: 3);

        Assert.Equal(("r1", "churn", 1), (result.RequestId, result.Model, result.Version));
        Assert.Equal([0.7], result.Predictions.Scores);
        LoggedPrediction logged = Assert.Single(await _world.LoggedAsync());
        Assert.Equal(("r1", 0, 1, "Yes"), (logged.RequestId, logged.Row, logged.Version, logged.Prediction));
        Assert.Equal(3.0, logged.Features["tenure"]);
        Assert.Equal((1, 0, 0), await CountsAsync(1));
    }

    [Fact]
    public async Task Predict_DuringACanary_KeepsAUnitOnItsVersionAndHoldsTheShare()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.1));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.9));
        await _world.ServeAsync("churn", new TrafficShare(1, 7_000), new TrafficShare(2, 3_000));

        int[] versions = new int[500];
        for (int i = 0; i < versions.Length; i++)
            versions[i] = (await _world.PredictAsync($"first-{i}", unit: $"user-{i}")).Version;

        Assert.InRange(versions.Count(v => v == 2), 100, 200);
        for (int i = 0; i < versions.Length; i++)
            Assert.Equal(versions[i], (await _world.PredictAsync($"again-{i}", unit: $"user-{i}")).Version);
    }

    [Fact]
    public async Task Predict_ForAVersionOrAnAlias_GoesPastTheTraffic()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.1));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.9));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await _world.Registry.SetAliasAsync("churn", "challenger", 2, null, "test", CancellationToken.None);

        Assert.Equal(2, (await _world.PredictAsync("r1", version: "2")).Version);
        Assert.Equal(2, (await _world.PredictAsync("r2", version: "challenger")).Version);
        Assert.Equal(1, (await _world.PredictAsync("r3")).Version);
    }

    [Fact]
    public async Task Predict_ForAnAliasThatMoves_FollowsWithinSeconds()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.1));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.9));
        await _world.Registry.SetAliasAsync("churn", "gold", 1, null, "test", CancellationToken.None);
        Assert.Equal(1, (await _world.PredictAsync("r1", version: "gold")).Version);

        await _world.Registry.SetAliasAsync("churn", "gold", 2, 1, "test", CancellationToken.None);
        _world.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(2, (await _world.PredictAsync("r2", version: "gold")).Version);
    }

    [Fact]
    public async Task Predict_WithAWrongInput_CountsAsRejectedAndLogsNothing()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.1));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));

        await ServingWorld.FailsAsync(ErrorKind.Invalid, "feature-missing", () =>
            _world.Predictor.PredictAsync(new PredictionRequest("churn", null, new Table([new NumberColumn("other", [1])]), "r1", null), CancellationToken.None));

        Assert.Equal((0, 0, 1), await CountsAsync(1));
        Assert.Empty(await _world.LoggedAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Predict_WithoutRowsInASpellingThatAllowsIt_IsNoErrorOfTheVersion(bool batched)
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.1));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        if (batched)
            await _world.Endpoints.ConfigureAsync("churn", new EndpointSettings(Batching: new MicroBatching()), "ann", CancellationToken.None);

        await ServingWorld.FailsAsync(ErrorKind.Invalid, "request-empty", () =>
            _world.Predictor.PredictAsync(new PredictionCall("churn", null, "r1", null), new NoRows(), CancellationToken.None));

        Assert.Equal((0, 0, 1), await CountsAsync(1));
    }

    [Theory]
    [InlineData(true, "request 'r1': version 1 of 'churn' failed to score it: out of trees")]
    [InlineData(false, "request 'r1': version 1 of 'churn' failed to score it: the model gave NaN as score 0")]
    public async Task Predict_WithAVersionThatFails_CountsItsErrorAndSaysSo(bool throws, string message)
    {
        await _world.RegisterAsync("churn", throws ? FakeModel.Broken("out of trees") : FakeModel.Constant(double.NaN));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Failed, "model-score", () => _world.PredictAsync("r1"));

        Assert.Equal(message, e.Message);
        Assert.Equal((1, 1, 0), await CountsAsync(1));
        Assert.Empty(await _world.LoggedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Predict_OfAnInfiniteValueWithAVersionThatFailsWithoutItToo_IsTheVersionsFault(bool throws)
    {
        await _world.RegisterAsync("churn", throws ? FakeModel.Broken("out of trees") : FakeModel.Constant(double.NaN));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));

        await ServingWorld.FailsAsync(ErrorKind.Failed, "model-score", () => _world.PredictAsync("r1", tenure: double.PositiveInfinity));

        Assert.Equal((1, 1, 0), await CountsAsync(1));
    }

    [Fact]
    public async Task Predict_OfAnInfiniteValueThatAloneMakesTheVersionFail_IsTheCallersFault()
    {
        await _world.RegisterAsync("churn", new FakeModel(rows => [.. ((NumberColumn)rows["tenure"]).Values.ToArray().Select(v => Math.Abs(v) == double.MaxValue ? double.NaN : 0.5)]));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));

        await ServingWorld.FailsAsync(ErrorKind.Invalid, "feature-infinite", () => _world.PredictAsync("r1", tenure: double.NegativeInfinity));

        Assert.Equal((0, 0, 1), await CountsAsync(1));
    }

    [Fact]
    public async Task Predict_ForAModelThatDoesNotExist_SaysWhichThereAre()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.1));

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.NotFound, "model-missing", () => _world.PredictAsync("r1", version: "1", model: "chrn"));

        Assert.Contains("'churn'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    public async Task Predict_WithARequestIdThatCannotBe_SaysWhatIsAllowed(int length)
    {
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "request-id", () => _world.PredictAsync(new string('x', length)));

        Assert.Equal($"the request id has {length} characters; allowed are 1 to 128", e.Message);
    }

    [Fact]
    public async Task Predict_RequestIdTooLongForFeedback_IsRefused()
    {
        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "request-id", () => _world.PredictAsync(new string('é', 128)));

        Assert.Contains("counts as 5", e.Message, StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private async Task<(long, long, long)> CountsAsync(int version)
    {
        TrafficWindow window = await _world.Stats.ReadAsync("churn", version, DateTimeOffset.UnixEpoch, CancellationToken.None);
        return (window.Requests, window.Errors, window.Rejected);
    }

    private sealed class NoRows : IRequestRows
    {
        public bool TryRead(FeatureRows rows) => false;

        public Table Bind(RequestBinder binder) => new([], 0);
    }
}
