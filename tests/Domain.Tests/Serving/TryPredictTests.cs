using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>The answer without a wait, where there is one, is that of <c>PredictAsync</c>; where there is none, nothing happened.</summary>
public sealed class TryPredictTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    public async Task InitializeAsync()
    {
        await _world.RegisterAsync("price", Fit(0.1));
        await _world.RegisterAsync("price", Fit(0.2));
        await _world.ServeAsync("price", new TrafficShare(1, 5_000), new TrafficShare(2, 5_000));
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task TryPredict_OfWhatIsKnown_AnswersCountsAndLogsAsPredictDoes()
    {
        string[] units = [.. Enumerable.Range(0, 40).Select(i => $"unit-{i}")];
        var first = new List<PredictionResult>();
        foreach (string unit in units)
            first.Add(await _world.Predictor.PredictAsync(Call($"a-{unit}", unit), new Row(3), default));

        PredictionResult[] second = [.. units.Select(unit => Assert.IsType<PredictionResult>(Try($"b-{unit}", unit, new Row(3))))];

        Assert.Equal(first.Select(r => (r.Version, r.Predictions.Scores[0])), second.Select(r => (r.Version, r.Predictions.Scores[0])));
        Assert.Equal(80, await RequestsAsync(1) + await RequestsAsync(2));
        List<LoggedPrediction> logged = await _world.Log.ReadAsync("price", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, 100, default).ToListAsync();
        Assert.Equal(
            units.SelectMany((unit, i) => new[] { ($"a-{unit}", first[i].Version), ($"b-{unit}", first[i].Version) }).Order(),
            logged.Select(l => (l.RequestId, l.Version)).Order());
    }

    [Fact]
    public async Task TryPredict_BeforeAnythingIsKnown_IsNullAndCountsNothing()
    {
        Assert.Null(Try("r1", "u", new Row(3)));

        Assert.Equal(0, await RequestsAsync(1) + await RequestsAsync(2));
    }

    [Fact]
    public async Task TryPredict_WhenTheStateIsASecondOld_LeavesItToWhoReadsItAgain()
    {
        await KnowAsync();
        Assert.NotNull(Try("r1", "u", new Row(3)));

        _world.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(Try("r2", "u", new Row(3)));
    }

    [Fact]
    public async Task TryPredict_OfAnEndpointWithSettings_LeavesItToWhoKeepsThem()
    {
        await _world.Endpoints.ConfigureAsync("price", new EndpointSettings(new ConcurrencyLimit(1)), "ann", default);
        await KnowAsync();

        Assert.Null(Try("r1", "u", new Row(3)));
    }

    [Fact]
    public async Task TryPredict_OfRowsThatAreNoNumbers_LeavesThemAndCountsNothing()
    {
        await KnowAsync();
        long before = await RequestsAsync(1) + await RequestsAsync(2);

        Assert.Null(Try("r1", "u", new Row(null)));

        Assert.Equal(before, await RequestsAsync(1) + await RequestsAsync(2));
    }

    [Fact]
    public async Task TryPredict_OfRowsThatAreRefused_CountsThemAsRejectedAsPredictDoes()
    {
        await KnowAsync();

        MlOpsException e = Assert.Throws<MlOpsException>(() => Try("r1", "u", new Row(double.NaN)));

        Assert.Equal("too-odd", e.Code);
        int version = (await _world.Predictor.PredictAsync(Call("r2", "u"), new Row(3), default)).Version;
        Assert.Equal(1, (await _world.Stats.ReadAsync("price", version, DateTimeOffset.UnixEpoch, default)).Rejected);
    }

    [Fact]
    public async Task Predict_AfterATryThatOneVersionCannotAnswer_KeepsTheShares()
    {
        await _world.RegisterAsync("churn", Fit(0.1));
        await _world.RegisterAsync("churn", FakeModel.Constant(0.7));
        await _world.ServeAsync("churn", new TrafficShare(1, 5_000), new TrafficShare(2, 5_000));
        int second = 0;
        for (int i = 0; i < 1_000; i++)
        {
            var call = new PredictionCall("churn", null, $"r{i}", null);
            PredictionResult result = _world.Predictor.TryPredict(call, new Either()) ?? await _world.Predictor.PredictAsync(call, new Either(), default);
            second += result.Version == 2 ? 1 : 0;
        }

        Assert.InRange(second, 420, 580);
    }

    private PredictionResult? Try(string id, string unit, IRequestRows rows) => _world.Predictor.TryPredict(Call(id, unit), rows);

    private static PredictionCall Call(string id, string unit) => new("price", null, id, unit);

    /// <summary>Both versions answered once, so that all about them is known.</summary>
    private async Task KnowAsync()
    {
        for (int i = 0; i < 40; i++)
            await _world.Predictor.PredictAsync(Call($"known-{i}", $"{i}"), new Row(1), default);
    }

    private async Task<long> RequestsAsync(int version) => (await _world.Stats.ReadAsync("price", version, DateTimeOffset.UnixEpoch, default)).Requests;

    private static IModel Fit(double slope)
    {
        double[] x = [.. Enumerable.Range(0, 50).Select(i => (double)i)];
        return TrainerCatalog.Default.Get("linear").Fit(
            new TrainingSpec { Task = LearningTask.Regression, Target = "y" },
            new Table([new NumberColumn("x", x), new NumberColumn("y", [.. x.Select(v => v * slope)])]), null, null, default);
    }

    /// <summary>A row that each of the two kinds of models can be asked for.</summary>
    private sealed class Either : IRequestRows
    {
        public bool TryRead(FeatureRows rows)
        {
            rows.Add();
            rows.Values[0] = 1;
            return true;
        }

        public Table Bind(RequestBinder binder) => new([new NumberColumn("tenure", [1])]);
    }

    /// <summary>One row; null: not readable as a number; NaN: refused.</summary>
    private sealed class Row(double? x) : IRequestRows
    {
        public bool TryRead(FeatureRows rows)
        {
            if (x is not { } value)
                return false;
            if (double.IsNaN(value))
                throw MlOpsException.Invalid("too-odd", "x is NaN");
            rows.Add();
            rows.Values[0] = value;
            return true;
        }

        public Table Bind(RequestBinder binder) => throw new InvalidOperationException("the rows can be read");
    }
}
