using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;

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
        long one = MemoryEstimate.Bytes(Data(1_000_000), new SplitSpec(), null);

        Assert.InRange(MemoryEstimate.Bytes(Data(1_000_000), new SplitSpec { Folds = folds }, null), (long)(one * least), one * 3);
        Assert.InRange(MemoryEstimate.Bytes(Data(10_000_000), new SplitSpec(), null), one * 7, one * 10);
    }

    [Fact]
    public void Bytes_OfFewerFeatures_AreFewer() =>
        Assert.True(MemoryEstimate.Bytes(Data(1_000_000), new SplitSpec(), 2) < MemoryEstimate.Bytes(Data(1_000_000), new SplitSpec(), null));

    private static DatasetVersion Data(long rows) => new(
        "wide", 1, new string('0', 64), "csv", rows * 200, rows,
        new TableSchema([.. Enumerable.Range(0, 20).Select(i => new ColumnSchema($"c{i}", i < 16 ? ColumnType.Number : ColumnType.Category))]),
        DateTimeOffset.UnixEpoch, new DatasetLineage("wide.csv", null, null));
}
