using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class ExplainedRowsTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    [Fact]
    public async Task Predict_ExplainedByAModelThatCannot_IsRejectedBeforeItIsPredictedOrLogged()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.7));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        var rows = new ExplainedRows(new Given([1], false), ExplainOptions.All, CancellationToken.None);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Invalid, "explain-unsupported", () => _world.Predictor.PredictAsync(new PredictionCall("churn", null, "r1", null), rows, CancellationToken.None));

        Assert.Contains("trainer 'fake' cannot be explained", e.Message, StringComparison.Ordinal);
        TrafficWindow window = await _world.Stats.ReadAsync("churn", 1, DateTimeOffset.UnixEpoch, CancellationToken.None);
        Assert.Equal((0, 1), (window.Requests, window.Rejected));
        Assert.Empty(await _world.LoggedAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Predict_Explained_TellsTheSameOnBothWays(bool isShort)
    {
        await ServeTreesAsync();

        ExplainedResult answer = await ExplainAsync(new Given([3, 17], isShort), ExplainOptions.All);

        Assert.Equal(2, answer.Contributions.Count);
        for (int row = 0; row < 2; row++)
        {
            RowExplanation why = answer[row];
            Assert.Equal((null, null), (why.Class, why.Other));
            Assert.Equal(["x", "z"], why.Contributions.Select(c => c.Feature));
            Assert.Equal(answer.Result.Predictions.Scores[row], why.Base + why.Contributions.Sum(c => c.Value), 1e-9);
        }

        Assert.Equal(2, (await _world.LoggedAsync("price")).Count);
    }

    [Fact]
    public async Task Predict_ExplainedByTheLargest_OrdersByAbsoluteValueAndSumsTheOthers()
    {
        await ServeTreesAsync();
        RowExplanation all = (await ExplainAsync(new Given([3], true), ExplainOptions.All))[0];

        RowExplanation top = (await ExplainAsync(new Given([3], true), new ExplainOptions(1)))[0];

        Assert.Equal(all.Contributions.MaxBy(c => Math.Abs(c.Value)), Assert.Single(top.Contributions));
        Assert.Equal(all.Contributions.MinBy(c => Math.Abs(c.Value)).Value, top.Other!.Value, 1e-12);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Predict_ExplainedTooManyRows_IsTooLarge(bool isShort)
    {
        await ServeTreesAsync();
        var many = new Given(new double[ExplainOptions.MaxRows + 1], isShort);

        await ServingWorld.FailsAsync(ErrorKind.TooLarge, "explain-too-large", () => ExplainAsync(many, ExplainOptions.All));
    }

    [Fact]
    public async Task Predict_ExplainedTheFirstTime_CountsWhatTheModelKeepsOfItInItsMemory()
    {
        await ServeTreesAsync();
        IModel model = await _world.Models.GetAsync(await _world.Versions.GetAsync("price", 1, CancellationToken.None), CancellationToken.None);
        long before = _world.Models.Memory.Bytes;

        await ExplainAsync(new Given([3], true), ExplainOptions.All);

        Assert.InRange(_world.Models.Memory.Bytes, before + 1, long.MaxValue);
        Assert.Equal(model.HeldBytes, _world.Models.Memory.Bytes);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private Task<ExplainedResult> ExplainAsync(IRequestRows rows, ExplainOptions options) =>
        _world.Predictor.ExplainAsync(new PredictionCall("price", null, "r1", null), rows, options, CancellationToken.None);

    private async Task ServeTreesAsync()
    {
        int[] all = [.. Enumerable.Range(0, 60)];
        var table = new Table([
            new NumberColumn("x", [.. all.Select(i => (double)i)]),
            new NumberColumn("z", [.. all.Select(i => (double)(i % 3))]),
            new NumberColumn("price", [.. all.Select(i => (i * 2.0) + (i % 3))])]);
        IModel trees = TrainerCatalog.Default.Get("gbdt").Fit(new TrainingSpec { Task = LearningTask.Regression, Target = "price" }, table, null, null, CancellationToken.None);
        await _world.RegisterAsync("price", trees);
        await _world.ServeAsync("price", new TrafficShare(1, 10_000));
    }

    /// <summary>Rows of x, with z = 1, that take the short way or the general one.</summary>
    private sealed class Given(double[] x, bool @short) : IRequestRows
    {
        public bool TryRead(FeatureRows rows)
        {
            if (!@short)
                return false;
            rows.Add(x.Length);
            for (int row = 0; row < x.Length; row++)
                (rows.Values[row * 2], rows.Values[(row * 2) + 1]) = (x[row], 1);
            return true;
        }

        public Table Bind(RequestBinder binder) => binder.Bind(new Table([new NumberColumn("x", x), new NumberColumn("z", [.. x.Select(_ => 1.0)])]));
    }
}
