using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Batches;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Serving;

/// <summary>Requests for a slow version are gathered and scored together.</summary>
public sealed class MicroBatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(5);

    /// <summary>Real time, on a busy machine: a batch that nobody scores is a failure, not a run without an end.</summary>
    private static readonly TimeSpan Patience = Eventually.Patience;

    private readonly ServingWorld _world = new();
    private readonly List<int> _calls = [];
    private TimeSpan _takes = TimeSpan.FromMilliseconds(1);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Predict_OfASlowVersion_ScoresRequestsTogetherAndGivesEachItsOwn()
    {
        await ServeAsync();

        Task<PredictionResult>[] asked = Ask(4);
        _world.Time.Advance(Delay);
        PredictionResult[] results = await Task.WhenAll(asked).WaitAsync(Patience);

        Assert.Equal([4], _calls);
        Assert.Equal([0.1, 0.2, 0.3, 0.4], results.Select(r => Assert.Single(r.Predictions.Scores)));
        Assert.Equal(4, (await _world.LoggedAsync()).Count(r => r.RequestId.StartsWith("ask", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Predict_WithRowsEnough_DoesNotWait()
    {
        await ServeAsync(maxRows: 3);

        await Task.WhenAll(Ask(3)).WaitAsync(Patience);

        Assert.Equal([3], _calls);
    }

    [Fact]
    public async Task Predict_OfAFastVersion_IsNeverGathered()
    {
        _takes = TimeSpan.FromMicroseconds(150);
        await ServeAsync();

        await Task.WhenAll(Ask(20)).WaitAsync(Patience);

        Assert.Equal(Enumerable.Repeat(1, 20), _calls);
    }

    [Fact]
    public async Task Predict_BesideRowsThatDoNotBind_IsAnswered()
    {
        await ServeAsync(maxRows: 2);
        Task<PredictionResult> first = _world.PredictAsync("r1", tenure: 1);

        await ServingWorld.FailsAsync(ErrorKind.Invalid, "feature-missing", () => _world.Predictor.PredictAsync(
            new PredictionRequest("churn", null, new Table([new NumberColumn("other", [1])]), "r2", null), None).WaitAsync(Patience));
        Task<PredictionResult> third = _world.PredictAsync("r3", tenure: 2);

        Assert.Equal([0.1, 0.2], (await Task.WhenAll(first, third).WaitAsync(Patience)).Select(r => r.Predictions.Scores[0]));
    }

    [Theory]
    [InlineData(666, "the rows are bad")]
    [InlineData(777, "the model gave NaN as score 0")]
    public async Task Predict_BesideRowsTheModelFailsOn_IsAnswered(double bad, string why)
    {
        await ServeAsync(maxRows: 3);

        Task<PredictionResult> first = _world.PredictAsync("r1", tenure: 1);
        Task<PredictionResult> second = _world.PredictAsync("r2", tenure: bad);
        Task<PredictionResult> third = _world.PredictAsync("r3", tenure: 3);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Failed, "model-score", () => second.WaitAsync(Patience));
        Assert.EndsWith(why, e.Message, StringComparison.Ordinal);
        Assert.Equal([0.1, 0.3], (await Task.WhenAll(first, third).WaitAsync(Patience)).Select(r => r.Predictions.Scores[0]));
        TrafficWindow window = await _world.Stats.ReadAsync("churn", 1, DateTimeOffset.UnixEpoch, None);
        Assert.Equal((ScoringPace.First + 3, 1), (window.Requests, window.Errors));
    }

    [Fact]
    public async Task Predict_OfAnAnswerThatTheLogCannotTake_CountsItOnce()
    {
        await ServeAsync(maxRows: 2);

        await Assert.ThrowsAsync<NotSupportedException>(() =>
            _world.Predictor.PredictAsync(new PredictionCall("churn", null, "r", null), new UnwritableRows(), None).WaitAsync(Patience));

        TrafficWindow window = await _world.Stats.ReadAsync("churn", 1, DateTimeOffset.UnixEpoch, None);
        Assert.Equal((ScoringPace.First + 1, 0), (window.Requests, window.Errors));
    }

    [Fact]
    public async Task Predict_BesideOneThatIsGivenUp_IsAnsweredWithoutIt()
    {
        await ServeAsync();
        using var impatient = new CancellationTokenSource();
        Task<PredictionResult> first = _world.PredictAsync("r1", tenure: 1);
        Task<PredictionResult> second = _world.Predictor.PredictAsync(new PredictionRequest("churn", null, ServingWorld.Rows(2), "r2", null), impatient.Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Patience));
        _world.Time.Advance(Delay);

        Assert.Equal(0.1, (await first.WaitAsync(Patience)).Predictions.Scores[0]);
        Assert.Equal([1], _calls);
    }

    [Fact]
    public async Task Predict_WithMoreRowsThanFit_StartsTheNextBatch()
    {
        await ServeAsync(maxRows: 4);
        Task<PredictionResult> first = RowsAsync("r1", 1, 2, 3);
        Task<PredictionResult> second = RowsAsync("r2", 4, 5);

        PredictionResult alone = await first.WaitAsync(Patience);
        Assert.Equal([0.1, 0.2, 0.3], alone.Predictions.Scores);
        Assert.False(second.IsCompleted);
        _world.Time.Advance(Delay);
        PredictionResult next = await second.WaitAsync(Patience);
        Assert.Equal([0.4, 0.5], next.Predictions.Scores);
    }

    [Fact]
    public async Task Predict_OfAVersionThatIsSlowNoMore_IsScoredByItselfAgain()
    {
        // All of it within a second: where the state followed got older, a request would wait for it, not for the clock.
        TimeSpan instant = TimeSpan.FromMicroseconds(1);
        await ServeAsync(maxRows: 2, instant);
        _takes = instant;

        for (int i = 0; i < 30 * ScoringPace.Every; i++)
        {
            Task<PredictionResult> asked = _world.PredictAsync($"a{i}");
            _world.Time.Advance(instant);
            await asked.WaitAsync(Patience);
        }

        _calls.Clear();
        await _world.PredictAsync("alone").WaitAsync(Patience);

        Assert.Equal([1], _calls);
    }

    [Fact]
    public void Join_OfAllKindsOfColumns_KeepsEveryValue()
    {
        Table joined = RowJoin.Of([Kinds(1, "a"), Kinds(double.NaN, null), Kinds(3, "b")]);

        Assert.Equal(["1", null, "3"], Texts("n"));
        Assert.Equal(["true", null, "true"], Texts("b"));
        Assert.Equal(["a", null, "b"], Texts("c"));
        Assert.Equal(["a", null, "b"], Texts("s"));
        Assert.Equal(3, Texts("t").Count(t => t is not null));

        IEnumerable<string?> Texts(string column) => Enumerable.Range(0, 3).Select(joined[column].Format);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private static Table Kinds(double number, string? text) => new([
        new NumberColumn("n", [number]), new BooleanColumn("b", [(sbyte)(text is null ? -1 : 1)]), CategoryColumn.From("c", [text]),
        new TextColumn("s", [text]), new TimestampColumn("t", [17])]);

    /// <summary>A version that answers a tenth of the tenure, with its pace measured.</summary>
    private async Task ServeAsync(int maxRows = 64, TimeSpan? delay = null)
    {
        await _world.RegisterAsync("churn", new FakeModel(Score));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await _world.Endpoints.ConfigureAsync("churn", new EndpointSettings(Batching: new MicroBatching(maxRows, (delay ?? Delay).TotalMilliseconds)), "ann", None);
        for (int i = 0; i < ScoringPace.First; i++)
            await _world.PredictAsync($"pace-{i}");
        Assert.Equal(Enumerable.Repeat(1, ScoringPace.First), _calls);
        _calls.Clear();
    }

    private double[] Score(Table rows)
    {
        lock (_calls)
            _calls.Add(rows.RowCount);
        double[] tenures = ((NumberColumn)rows["tenure"]).Values.ToArray();
        if (tenures.Contains(666))
            throw new InvalidOperationException("the rows are bad");
        _world.Time.Advance(_takes);
        return [.. tenures.Select(t => t == 777 ? double.NaN : Math.Round(t / 10, 3))];
    }

    private Task<PredictionResult>[] Ask(int requests) => [.. Enumerable.Range(1, requests).Select(i => _world.PredictAsync($"ask-{i}", tenure: i))];

    private Task<PredictionResult> RowsAsync(string requestId, params double[] tenures) =>
        _world.Predictor.PredictAsync(new PredictionRequest("churn", null, ServingWorld.Rows(tenures), requestId, null), None);

    private sealed class UnwritableRows : IRequestRows
    {
        public bool TryRead(FeatureRows rows) => false;

        public Table Bind(RequestBinder binder) => new([new NumberColumn("tenure", [1, 2]), new Unwritable()]);
    }

    private sealed class Unwritable() : Column("note", ColumnType.Text, 2)
    {
        public override bool IsMissing(int row) => false;

        public override string Format(int row) => throw new NotSupportedException();

        public override Column Take(ReadOnlySpan<int> rows) => this;
    }
}
