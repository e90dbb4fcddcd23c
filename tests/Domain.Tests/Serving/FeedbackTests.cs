using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class FeedbackTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Join_OfSomePredictions_GivesThoseWithTruth()
    {
        foreach (string id in new[] { "r1", "r2", "r3" })
            await _world.PredictAsync(id);

        await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("r3", 0, "No"), new("nobody", 0, "No")], None);

        Assert.Equal([("r1", "Yes"), ("r3", "No")], await JoinedAsync());
    }

    [Fact]
    public async Task Join_OfARequestWithRows_MatchesEachRow()
    {
        await _world.Predictor.PredictAsync(new PredictionRequest("churn", null, ServingWorld.Rows(1, 2, 3), "r1", null), None);

        await _world.Feedback.AddAsync("churn", [new("r1", 2, "Yes"), new("r1", 0, "No")], None);

        List<LabelledPrediction> joined = await _world.Feedback.JoinAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None).ToListAsync();
        Assert.Equal([(1.0, "No"), (3.0, "Yes")], joined.Select(j => ((double)j.Prediction.Features["tenure"], j.Truth)));
    }

    [Fact]
    public async Task Add_Repeated_ChangesNothing()
    {
        await _world.PredictAsync("r1");
        for (int i = 0; i < 3; i++)
        {
            await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("r1", 0, "Yes")], None);
            _world.Time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal([("r1", "Yes")], await JoinedAsync());
    }

    [Fact]
    public async Task Add_WeeksLater_JoinsTheOldPrediction()
    {
        DateTimeOffset then = _world.Time.GetUtcNow();
        await _world.PredictAsync("r1");
        _world.Time.Advance(TimeSpan.FromDays(40));
        await _world.PredictAsync("r2");

        await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("r2", 0, "No")], None);

        List<LabelledPrediction> old = await _world.Feedback.JoinAsync("churn", then, then.AddDays(1), None).ToListAsync();
        Assert.Equal("r1", Assert.Single(old).Prediction.RequestId);
        Assert.Equal([("r2", "No")], await JoinedAsync(from: then.AddDays(30)));
    }

    [Fact]
    public async Task Add_ACorrection_TheOneReceivedLastCounts()
    {
        await _world.PredictAsync("r1");
        await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes")], None);
        _world.Time.Advance(TimeSpan.FromDays(2));

        await _world.Feedback.AddAsync("churn", [new("r1", 0, "No")], None);

        Assert.Equal([("r1", "No")], await JoinedAsync());
    }

    [Fact]
    public async Task Add_MoreThanABatch_StoresAll()
    {
        Feedback[] items = [.. Enumerable.Range(0, 250).Select(i => new Feedback("big", i, i % 2 == 0 ? "Yes" : "No"))];
        await _world.Predictor.PredictAsync(new PredictionRequest("churn", null, ServingWorld.Rows(new double[250]), "big", null), None);

        await _world.Feedback.AddAsync("churn", items, None);

        Assert.Equal(250, (await JoinedAsync()).Count);
    }

    [Fact]
    public async Task Add_InAnotherCase_IsSpelledAsTheClass()
    {
        await _world.PredictAsync("r1");

        await _world.Feedback.AddAsync("churn", [new("r1", 0, "yes")], None);

        Assert.Equal([("r1", "Yes")], await JoinedAsync());
    }

    [Fact]
    public async Task Add_WithAnyMistake_TellsAllAndStoresNothing()
    {
        await _world.PredictAsync("r1");

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "feedback-truth", () =>
            _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("r1", 1, "Maybe"), new("", 0, "No"), new("r1", -1, "No")], None));

        Assert.Equal(
            "item 1: truth 'Maybe' is no class of 'Churn'; 'churn' knows: No, Yes; item 2: the request id has 0 characters; allowed are 1 to 128; item 3: row -1 of request 'r1' cannot be; rows count from 0",
            e.Message);
        Assert.Empty(await JoinedAsync());
    }

    [Fact]
    public async Task Add_ForAModelThatDoesNotExist_IsNotFound() =>
        await ServingWorld.FailsAsync(ErrorKind.NotFound, "model-missing", () => _world.Feedback.AddAsync("chrn", [new("r1", 0, "Yes")], None));

    [Fact]
    public async Task Add_ForARegression_TakesNumbersOnly()
    {
        var signature = new ModelSignature(LearningTask.Regression, "price", [new("tenure", ColumnType.Number, false)], []);
        await _world.RegisterAsync("diamonds", new FakeModel(rows => new double[rows.RowCount], signature));

        await _world.Feedback.AddAsync("diamonds", [new("r1", 0, "12.50")], None);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "feedback-truth", () => _world.Feedback.AddAsync("diamonds", [new("r1", 0, "cheap")], None));
        Assert.Equal("item 0: truth 'cheap' is not a finite number, but 'diamonds' predicts 'price' as one", e.Message);
    }

    [Fact]
    public async Task LabelledRows_OfJoinedPredictions_AreTrainingData()
    {
        for (int i = 0; i < 4; i++)
            await _world.PredictAsync($"r{i}", tenure: i);
        await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("r2", 0, "No")], None);

        Table table = await new LabelledRows(_world.Feedback, _world.Versions).LabelledRowsAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None);

        Assert.Equal(["tenure", "Contract", "Partner", "Churn"], table.ColumnNames);
        Assert.Equal([("1", "Yes"), ("2", "No")], Enumerable.Range(0, table.RowCount).Select(r => (table["tenure"].Format(r), table["Churn"].Format(r))));
    }

    [Fact]
    public async Task LabelledRows_WithoutAny_AreAnEmptyTableOfTheSameColumns()
    {
        Table table = await new LabelledRows(_world.Feedback, _world.Versions).LabelledRowsAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None);

        Assert.Equal((0, 4), (table.RowCount, table.Columns.Count));
    }

    public async Task InitializeAsync()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.7));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private async Task<List<(string, string)>> JoinedAsync(DateTimeOffset? from = null) =>
        await _world.Feedback.JoinAsync("churn", from ?? DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None).Select(j => (j.Prediction.RequestId, j.Truth)).ToListAsync();
}
