using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class FeedbackTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Add_AClassThatOnlyTheNewVersionKnows_IsTakenWhileItHasTraffic()
    {
        int next = await _world.RegisterAsync("churn", new FakeModel(rows => [.. Enumerable.Repeat(0.5, rows.RowCount)], FakeModel.Churn with { Classes = ["No", "Perhaps"] }));
        await _world.Registry.ChangeAliasesAsync("churn", [new AliasChange("champion", 1)], "ann", None);
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        FeedbackResult before = await _world.Feedback.AddAsync("churn", [new Feedback("r", 0, "Perhaps")], None);
        await _world.ServeAsync("churn", new TrafficShare(1, 9_000), new TrafficShare(next, 1_000));
        _world.Time.Advance(TimeSpan.FromSeconds(5));

        FeedbackResult after = await _world.Feedback.AddAsync("churn", [new Feedback("r", 0, "perhaps"), new Feedback("r", 1, "Never")], None);

        Assert.Equal((0, 1), (before.Accepted, before.Problems.Count));
        Assert.Equal((1, 1), (after.Accepted, after.Problems.Count));
        Assert.Contains("knows: No, Yes, Perhaps", after.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_ARewardAndLaterTheTruth_KeepsBoth()
    {
        await _world.PredictAsync("r1");
        await _world.PredictAsync("r2");
        DateTimeOffset known = _world.Time.GetUtcNow();

        FeedbackResult rewards = await _world.Feedback.AddAsync("churn", [new("r1", 0, null, Reward: 0.25), new("r2", 0, "No", known, 1), new("r2", 0, null, Reward: 0.5)], None);
        Assert.Equal([("r2", "No")], await JoinedAsync());
        _world.Time.Advance(TimeSpan.FromDays(2));
        FeedbackResult later = await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("r2", 0, null, Reward: 0.5), new("r2", 0, "No")], None);

        Assert.Equal((3, 0), (rewards.Accepted, rewards.Repeated));
        Assert.Equal((1, 2), (later.Accepted, later.Repeated));
        Assert.Equal([("r1", "Yes"), ("r2", "No")], await JoinedAsync());
        List<RewardedPrediction> rewarded = await _world.Feedback.RewardsAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None).ToListAsync();
        Assert.Equal([("r1", 0.25), ("r2", 0.5)], rewarded.Select(r => (r.Prediction.RequestId, r.Reward)));
        Assert.Equal(known, (await _world.Feedback.JoinAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None).ToListAsync())[1].TruthTime);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Add_ARewardWhileAnotherAddsTheTruth_LosesNeither(bool isKnown)
    {
        // The truth is another's, who writes when the reward's row is about to be written; also where both move a row that was known the day before.
        await _world.PredictAsync("r1");
        if (isKnown)
        {
            await _world.Feedback.AddAsync("churn", [new("r1", 0, "No", Reward: 0.1)], None);
            _world.Time.Advance(TimeSpan.FromDays(1));
        }

        var tables = new MeanwhileTable(_world.Tables, "feedback", () => _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes")], None));
        var rewarding = new FeedbackStore(tables, _world.Versions, _world.Log, _world.Time);

        FeedbackResult result = await rewarding.AddAsync("churn", [new("r1", 0, null, Reward: 0.5)], None);

        Assert.Equal(1, result.Accepted);
        Assert.Equal([("r1", "Yes")], await JoinedAsync());
        Assert.Equal(0.5, (await _world.Feedback.RewardsAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None).SingleAsync()).Reward);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public async Task Add_ARewardOutOfItsRange_IsRejectedAloneAndSaysWhy(double reward)
    {
        FeedbackResult result = await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes", Reward: reward), new("r2", 0, null), new("r3", 0, null, Reward: 1)], None);

        Assert.Equal(1, result.Accepted);
        Assert.Equal([(0L, "feedback-reward"), (1L, "feedback-truth")], result.Problems.Select(p => (p.Item, p.Code)));
        Assert.Contains("is not 0 to 1", result.Problems[0].Message, StringComparison.Ordinal);
    }

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
    public async Task Add_WithMistakes_TakesTheRestAndTellsEachWithItsIndex()
    {
        await _world.PredictAsync("r1");

        FeedbackResult result = await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("r1", 1, "Maybe"), new("", 0, "No"), new("r1", -1, "No")], None, [1_000, 1_001, 1_002, 1_003]);

        Assert.Equal((1, 0), (result.Accepted, result.Repeated));
        Assert.Equal(
            [
                (1_001, "feedback-truth", "item 1001: truth 'Maybe' is no class of 'Churn'; 'churn' knows: No, Yes"),
                (1_002, "feedback-request-id", "item 1002: the request id has 0 characters; allowed are 1 to 128"),
                (1_003, "feedback-row", "item 1003: row -1 of request 'r1' cannot be; rows count from 0"),
            ],
            result.Problems.Select(p => (p.Item, p.Code, p.Message)));
        Assert.Equal([("r1", "Yes")], await JoinedAsync());
    }

    [Fact]
    public async Task Add_ByClientsThatRetry_SaysWhatIsNewAndWhatWasKnown()
    {
        Feedback[] items = [.. Enumerable.Range(0, 2_500).Select(i => new Feedback($"r{i}", 0, "No"))];

        Assert.Equal((2_500L, 0L), await AddAsync(items));
        _world.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal((0L, 2_500L), await AddAsync(items));
        Assert.Equal((1L, 1L), await AddAsync([new("r7", 0, "Yes"), new("r8", 0, "no")]));
        Assert.Equal((0L, 1L), await AddAsync([new("r7", 0, "Yes")]));
    }

    [Fact]
    public async Task Add_ARowTwiceInACall_CountsEachTruthThatIsAnother()
    {
        await _world.PredictAsync("r1");

        Assert.Equal((2L, 1L), await AddAsync([new("r1", 0, "Yes"), new("r1", 0, "Yes"), new("r1", 0, "No")]));
        Assert.Equal((2L, 0L), await AddAsync([new("r1", 0, "Yes"), new("r1", 0, "No")]));
        Assert.Equal((0L, 2L), await AddAsync([new("r1", 0, "No"), new("r1", 0, "No")]));
        Assert.Equal([("r1", "No")], await JoinedAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Add_ByTwoProcessesAtOnceOverMidnight_LeavesOneTruthWhereItIsLookedFor(int days)
    {
        await _world.PredictAsync("r1");
        await _world.PredictAsync("r2");
        Task OtherAsync()
        {
            _world.Time.Advance(TimeSpan.FromDays(Math.Max(0, days)));
            return AddAsync([new("r1", 0, "No"), new("r2", 0, "No")]);
        }

        _world.Time.Advance(TimeSpan.FromDays(1));
        var store = new FeedbackStore(new MeanwhileTable(_world.Tables, "feedbackKnown", OtherAsync), _world.Versions, _world.Log, days > 0 ? _world.Time : new EarlierTime(_world.Time));
        FeedbackResult result = await store.AddAsync("churn", [new("r1", 0, "Yes"), new("r2", 0, "No")], None);

        Assert.Equal(2, result.Accepted);
        Assert.Equal([("r1", "Yes"), ("r2", "No")], await JoinedAsync());
        Assert.Equal((0L, 2L), await AddAsync([new("r1", 0, "Yes"), new("r2", 0, "No")]));
        List<string> daysThere = await _world.Tables.ScanAsync("feedbackDays", "churn", EntityRange.All, None).Select(d => d.Key.Row).ToListAsync();
        int rows = 0;
        foreach (string day in daysThere)
            rows += await _world.Tables.ScanAsync("feedback", $"{day}~churn", EntityRange.All, None).CountAsync();
        Assert.Equal(2, rows);
    }

    [Fact]
    public async Task Summary_OfMoreThanItsLimits_IsRefused()
    {
        var store = new FeedbackStore(_world.Tables, _world.Versions, _world.Log, _world.Time, new FeedbackLimits(Truths: 2, Predictions: 1));
        await store.AddAsync("churn", [new("r1", 0, "Yes"), new("r2", 0, "Yes")], None);
        await _world.PredictAsync("r1");
        Assert.Equal((1L, 2L, 1L, 1L), Numbers(await store.SummaryAsync("churn", DateTimeOffset.UnixEpoch, None)));

        await _world.PredictAsync("r2");
        MlOpsException predictions = await ServingWorld.FailsAsync(ErrorKind.TooLarge, "feedback-summary-too-large", () => store.SummaryAsync("churn", DateTimeOffset.UnixEpoch, None));
        await store.AddAsync("churn", [new("r3", 0, "Yes")], None);
        MlOpsException truths = await ServingWorld.FailsAsync(ErrorKind.TooLarge, "feedback-summary-too-large", () => store.SummaryAsync("churn", DateTimeOffset.UnixEpoch, None));

        Assert.Equal("'churn' has more than 1 predictions logged since 1970-01-01 00:00, and a summary counts no more; ask for fewer days", predictions.Message);
        Assert.Contains("more than 2 truths received", truths.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Join_OfARequestThatWasSentTwice_CountsOnce()
    {
        await _world.PredictAsync("r1", tenure: 1);
        await _world.PredictAsync("r1", tenure: 2);

        await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes")], None);

        Assert.Equal([("r1", "Yes")], await JoinedAsync());
    }

    [Fact]
    public async Task Summary_OfTruthForWhatWasNeverAsked_CountsItAsUnmatchedUntilTheRowAppears()
    {
        DateTimeOffset from = _world.Time.GetUtcNow();
        await _world.PredictAsync("r1");
        await _world.PredictAsync("r2");
        await _world.Feedback.AddAsync("churn", [new("r1", 0, "Yes"), new("later", 0, "No")], None);
        Assert.Equal((2L, 2L, 1L, 1L), Numbers(await _world.Feedback.SummaryAsync("churn", from, None)));

        await _world.PredictAsync("later");

        Assert.Equal((3L, 2L, 2L, 0L), Numbers(await _world.Feedback.SummaryAsync("churn", from, None)));
        Assert.Equal([("r1", "Yes"), ("later", "No")], await JoinedAsync());
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

        FeedbackProblem problem = Assert.Single((await _world.Feedback.AddAsync("diamonds", [new("r1", 0, "cheap")], None)).Problems);
        Assert.Equal("item 0: truth 'cheap' is not a finite number, but 'diamonds' predicts 'price' as one", problem.Message);
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

    /// <summary>The clock of a process that is a day behind.</summary>
    private sealed class EarlierTime(TimeProvider inner) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow().AddDays(-1);
    }

    private async Task<(long, long)> AddAsync(Feedback[] items)
    {
        FeedbackResult result = await _world.Feedback.AddAsync("churn", items, None);
        Assert.Empty(result.Problems);
        return (result.Accepted, result.Repeated);
    }

    private static (long, long, long, long) Numbers(FeedbackSummary s) => (s.Predictions, s.Truths, s.Matched, s.Unmatched);

    private async Task<List<(string, string)>> JoinedAsync(DateTimeOffset? from = null) =>
        await _world.Feedback.JoinAsync("churn", from ?? DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None).Select(j => (j.Prediction.RequestId, j.Truth)).ToListAsync();
}
