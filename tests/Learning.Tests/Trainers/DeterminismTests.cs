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
