using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class DeterminismTests
{
    // More rows than one chunk of a histogram, so that merging is part of what is tested.
    private static readonly Table Rows = Make.Mixed(33_000);

    public static TheoryData<string, LearningTask, string> Fits => new()
    {
        { "gbdt", LearningTask.Binary, "trees=3" },
        { "gbdt", LearningTask.Regression, "trees=3 subsample=0.6 columnSample=0.5" },
        { "gbdt", LearningTask.Multiclass, "trees=1 subsample=0.8 columnSample=0.7" },
        { "gbdt", LearningTask.Regression, "trees=2 leaves=20 depth=0" },
        { "gbdt", LearningTask.Binary, "trees=3 monotone=a:+1 calibrate=isotonic" },
        { "gbdt", LearningTask.Binary, "trees=2 leaves=12 depth=0 calibrate=platt" },
        { "gbdt", LearningTask.Regression, "trees=3 objective=quantile quantile=0.8" },
        { "gbdt", LearningTask.Regression, "trees=3 objective=absolute monotone=a:-1" },
        { "linear", LearningTask.Binary, "maxIterations=4" },
        { "linear", LearningTask.Multiclass, "maxIterations=2" },
        { "linear", LearningTask.Regression, "maxIterations=4" },
        { "forest", LearningTask.Binary, "trees=3 minLeafRows=20" },
        { "forest", LearningTask.Regression, "trees=3 kind=extraTrees subsample=0.3 minLeafRows=20" },
        { "forest", LearningTask.Multiclass, "trees=2 minLeafRows=20" },
        { "baseline", LearningTask.Regression, "answer=stump" },
    };

    [Theory]
    [MemberData(nameof(Fits))]
    public void Fit_AnyThreadCount_SameBytes(string trainer, LearningTask task, string parameters)
    {
        TrainingSpec spec = Make.MixedSpec(task) with
        {
            Parameters = parameters.Split(' ').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]),
        };
        byte[] one = Make.Bytes(Make.Fit(trainer, spec with { Threads = 1 }, Rows));
        Assert.Equal(one, Make.Bytes(Make.Fit(trainer, spec with { Threads = 2 }, Rows)));
        Assert.Equal(one, Make.Bytes(Make.Fit(trainer, spec with { Threads = 4 }, Rows)));
    }

    [Theory]
    [InlineData("gbdt", LearningTask.Binary, "auto")]
    [InlineData("gbdt", LearningTask.Multiclass, "auto")]
    [InlineData("gbdt", LearningTask.Regression, "poisson")]
    [InlineData("linear", LearningTask.Binary, null)]
    [InlineData("forest", LearningTask.Regression, null)]
    public void Fit_WeightsAndRowsThatAreWatched_SameBytesOnAnyThreadCount(string trainer, LearningTask task, string? objective)
    {
        static Table Weighted(Table rows) => rows
            .With(new NumberColumn("w", [.. Enumerable.Range(0, rows.RowCount).Select(i => i % 7 / 3.0)]))
            .With(new NumberColumn("y", [.. ((NumberColumn)rows["y"]).Values.ToArray().Select(v => Math.Floor(Math.Exp(v / 2)))]));
        (Table rows, Table watched) = (Weighted(Rows), Weighted(Make.Mixed(17_000, seed: 2)));
        TrainingSpec spec = Make.MixedSpec(task, Make.Few(trainer, 4)) with { Weight = "w" };
        if (objective is not null)
            spec = spec with { Parameters = new Dictionary<string, string>(spec.Parameters) { ["objective"] = objective, ["earlyStop"] = "2", ["learningRate"] = "0.9" } };

        byte[] one = Make.Bytes(Make.Fit(trainer, spec with { Threads = 1 }, rows, watched));

        Assert.Equal(one, Make.Bytes(Make.Fit(trainer, spec with { Threads = 2 }, rows, watched)));
        Assert.Equal(one, Make.Bytes(Make.Fit(trainer, spec with { Threads = 4 }, rows, watched)));
    }

    [Fact]
    public void Fit_OtherSeedWithSampling_OtherModel()
    {
        TrainingSpec spec = Make.MixedSpec(LearningTask.Binary, ("trees", 3), ("subsample", 0.5));
        Table rows = Make.Mixed(500);
        Assert.NotEqual(Make.Bytes(Make.Fit("gbdt", spec, rows)), Make.Bytes(Make.Fit("gbdt", spec with { Seed = 7 }, rows)));
    }

    [Theory]
    [InlineData("gbdt")]
    [InlineData("linear")]
    [InlineData("forest")]
    public void Fit_Cancelled_Throws(string trainer)
    {
        using var source = new CancellationTokenSource();
        var stop = new Progress(() => source.Cancel());
        Assert.ThrowsAny<OperationCanceledException>(() => TrainerCatalog.Default.Get(trainer).Fit(
            Make.MixedSpec(LearningTask.Binary), Make.Mixed(2_000), null, stop, source.Token));
        Assert.Equal(1, stop.Reports);
    }

    private sealed class Progress(Action reported) : IProgress<TrainingProgress>
    {
        public int Reports { get; private set; }

        public void Report(TrainingProgress value)
        {
            Reports++;
            reported();
        }
    }
}
