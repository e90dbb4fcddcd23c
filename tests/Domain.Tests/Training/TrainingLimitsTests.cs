using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public sealed class TrainingLimitsTests : TrainingTest
{
    private const string Advice = "take the large one";

    [Fact]
    public async Task TrainAsync_DataThatWouldNotFit_IsRefusedBeforeAnyFitWithNumbersAndAdvice()
    {
        var trainer = new WatchedTrainer();

        var error = await Assert.ThrowsAsync<MlOpsException>(() => Trainer(trainer, limits: new() { Memory = 100 << 20, Advice = Advice }).TrainAsync(Job(), null, None));

        Assert.Equal((ErrorKind.TooLarge, "instance-too-small"), (error.Kind, error.Code));
        Assert.Matches(@"'gbdt' on telco@1 \(600 rows, \d+ columns\) needs about 0\.2 GB of memory, there are 0\.1 GB: take the large one, or train on a sample", error.Message);
        Assert.Equal(0, trainer.Fits);
        Run run = await Tracker.GetRunAsync("run-1", None);
        Assert.Equal((RunStatus.Failed, error.Message), (run.Status, run.Reason));
    }

    [Fact]
    public async Task TrainAsync_DataThatFits_Trains() =>
        Assert.NotNull((await Trainer(limits: new() { Memory = 1L << 30, Time = TimeSpan.FromMinutes(25) }).TrainAsync(Job(), null, None)).Model);

    [Fact]
    public async Task TrainAsync_LongerThanAllowed_EndsInTimeAndIsNotTriedAgain()
    {
        var trainer = new WatchedTrainer(_ => Stores.Time.Advance(TimeSpan.FromMinutes(25)));

        var error = await Assert.ThrowsAsync<MlOpsException>(
            () => Trainer(trainer, limits: new() { Time = TimeSpan.FromMinutes(25), Advice = Advice }).TrainAsync(Job(), null, None));

        Assert.Equal((ErrorKind.TooLarge, "training-too-long"), (error.Kind, error.Code));
        Assert.Contains("did not end within 25 minutes, which is all that this host allows: take the large one", error.Message);
        Assert.Equal(RunStatus.Failed, (await Tracker.GetRunAsync("run-1", None)).Status);
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(5, 1.3)]
    public void Bytes_GrowWithRowsAndWithFolds(int folds, double least)
    {
        long one = Need(Data(1_000_000)).Bytes;

        Assert.InRange(Need(Data(1_000_000), folds: folds).Bytes, (long)(one * least), one * 3);
        Assert.InRange(Need(Data(10_000_000)).Bytes, one * 7, one * 10);
    }

    /// <summary>The parts of the split hold a byte of each number for `gbdt`, and all eight for `linear`; with folds there are twice as many.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 2)]
    public void Bytes_OfATrainerThatLooksAtBins_CountNoCopiesOfNumbers(int folds, int parts)
    {
        const long Rows = 1_000_000, Numbers = 16, Categories = 4;
        TrainingNeed need = Need(Data(Rows), folds: folds);
        long working = TrainerCatalog.Default.Get("gbdt").WorkingBytes(need.Shape, TrainerParameters.Parse(TrainerCatalog.Default.Get("gbdt"), new Dictionary<string, string>()));

        long held = parts * Rows * ((Numbers * (8 + 1)) + (Categories * (4 + 4)));

        Assert.Equal((160L << 20) + (long)(1.25 * (held + working)), need.Bytes);
        Assert.True(Need(Data(Rows), "linear", folds: folds).Bytes - need.Bytes >= parts * Rows * Numbers * 7);
    }

    [Fact]
    public void Bytes_OfFewerFeatures_AreFewer() => Assert.True(Need(Data(1_000_000), features: ["c0", "c1"]).Bytes < Need(Data(1_000_000)).Bytes);

    [Fact]
    public void Bytes_OfLevels_CountWhereTheyBecomeWeights()
    {
        Assert.Equal(Need(Data(1_000_000), levels: 10).Bytes, Need(Data(1_000_000), levels: 1_000_000).Bytes);
        Assert.True(Need(Data(1_000_000), "linear", levels: 1_000_000).Bytes > Need(Data(1_000_000), "linear", levels: 10).Bytes + (200L << 20));
    }

    [Fact]
    public void Check_WhereOneColumnTakesTheMost_NamesIt()
    {
        var error = Assert.Throws<MlOpsException>(() => Need(Data(1_000_000), "linear", levels: 1_000_000).Check(new() { Memory = Need(Data(1_000_000)).Bytes }, inPieces: false));

        Assert.Contains("fewer columns (first of all without 'c16', a category of 1,000,000 values)", error.Message);
    }

    [Theory]
    [InlineData(9, true, true)]
    [InlineData(13, true, false)]
    [InlineData(13, false, true)]
    [InlineData(26, false, false)]
    public void Check_OfATrainerThatCannotBeStopped_AllowsWhatEndsInTime(int minutes, bool inPieces, bool allowed)
    {
        void Check() => Need(Data(1_000), new Deaf(TimeSpan.FromMinutes(minutes))).Check(new() { Time = TimeSpan.FromMinutes(25), Advice = Advice }, inPieces);

        if (allowed)
            Check();
        else
            Assert.Contains($"may take {minutes} minutes a fit, cannot be stopped meanwhile, and this host ends what takes longer than 25: {Advice}", Assert.Throws<MlOpsException>(Check).Message);
    }

    private static TrainingNeed Need(DatasetVersion data, string trainer = "gbdt", int folds = 0, string[]? features = null, int levels = 10) =>
        Need(data, TrainerCatalog.Default.Get(trainer), folds, features, levels);

    private static TrainingNeed Need(DatasetVersion data, ITrainer trainer, int folds = 0, string[]? features = null, int levels = 10)
    {
        ColumnProfile[] columns = [.. data.Schema.Columns.Select(c => new ColumnProfile(c.Name, c.Type, (int)data.Rows, 0, c.Name == "c16" ? levels : 10, true, null, null, []))];
        TrainingJob job = Job();
        job = job with
        {
            Trainer = trainer.Name,
            Split = new SplitSpec { Folds = folds },
            Spec = job.Spec with { Target = "c19", Features = features ?? [], Parameters = new Dictionary<string, string>() },
        };
        return new(job, data, new TableProfile((int)data.Rows, columns), trainer);
    }

    private static DatasetVersion Data(long rows) => new(
        "wide", 1, new string('0', 64), "csv", rows * 200, rows,
        new TableSchema([.. Enumerable.Range(0, 20).Select(i => new ColumnSchema($"c{i}", i < 16 ? ColumnType.Number : ColumnType.Category))]),
        DateTimeOffset.UnixEpoch, new DatasetLineage("wide.csv", null, null));

    /// <summary>Heeds no token for a time that it knows.</summary>
    private sealed class Deaf(TimeSpan fit) : ITrainer
    {
        public string Name => "deaf";

        public IReadOnlyList<TrainerParameter> Parameters => [];

        public TimeSpan? Unstoppable(TrainingShape shape, TrainerParameters parameters) => fit;

        public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
