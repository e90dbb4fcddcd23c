using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

public sealed class TrainingPiecesTests : TrainingTest
{
    /// <summary>Every iteration takes two minutes, so a piece of five has three.</summary>
    private static readonly TrainingLimits TenMinutes = new() { Time = TimeSpan.FromMinutes(10), Advice = "take the large one" };

    [Theory]
    [InlineData(0, 7)]
    [InlineData(3, 27)]
    public async Task TrainPieceAsync_LongerThanThePieces_EndsAsInOneGo(int folds, int atMost)
    {
        TrainedModel whole = await Trainer().TrainAsync(WithFolds("whole", folds), null, None);

        (TrainedModel trained, List<TrainingPieces> pieces) = await InPiecesAsync(WithFolds("cut", folds));

        Assert.Equal(WorkflowJson.Write(whole), WorkflowJson.Write(trained with { RunId = "whole" }));
        Assert.Equal(await Tracker.MetricHistoryAsync("whole", "train.loss", None), await Tracker.MetricHistoryAsync("cut", "train.loss", None), (a, b) => (a.Step, a.Value) == (b.Step, b.Value));
        Assert.Equal((await ArtifactsAsync("whole")).Append(""), (await ArtifactsAsync("cut")).Append(""));
        Assert.InRange(pieces.Count, atMost / 2, atMost);
        Assert.Equal(Enumerable.Range(1, pieces.Count), pieces.Select(p => p.Count));
        Assert.All(pieces.Zip(pieces.Skip(1)), pair => Assert.True(pair.First.Done < pair.Second.Done));
        Assert.All(pieces, p => Assert.Equal((20 * (folds + 1), 0), (p.Total, p.Idle)));
    }

    [Fact]
    public async Task TrainPieceAsync_Unfinished_LeavesTheRunOpenWithItsCheckpoint()
    {
        TrainingPiece piece = await PieceAsync(Job(), TrainingPieces.None);

        Assert.Equal((null, new TrainingPieces(1, 3, 20, 0)), (piece.Trained, piece.Unfinished));
        Assert.Equal(RunStatus.Running, (await Tracker.GetRunAsync("run-1", None)).Status);
        Assert.Equal([CheckpointFile.Path], await ArtifactsAsync("run-1"));
    }

    [Fact]
    public async Task TrainPieceAsync_HostWithoutALimit_TrainsToTheEnd() =>
        Assert.NotNull((await Trainer().TrainPieceAsync(Job(), TrainingPieces.None, new Hurry(Stores.Time), None)).Trained);

    [Fact]
    public async Task TrainPieceAsync_TrainerThatCannotPause_HandsOverBetweenFolds()
    {
        var trainer = new WatchedTrainer(_ => Stores.Time.Advance(TimeSpan.FromMinutes(6)));
        TrainingPieces pieces = TrainingPieces.None;
        TrainingPiece piece;
        while ((piece = await Trainer(trainer, limits: TenMinutes).TrainPieceAsync(WithFolds("run-1", 2), pieces, null, None)).Unfinished is { } unfinished)
            pieces = unfinished;

        Assert.Equal((3, 2), (trainer.Fits, pieces.Count));
        Assert.Equal(WorkflowJson.Write(await Trainer().TrainAsync(WithFolds("whole", 2), null, None)), WorkflowJson.Write(piece.Trained! with { RunId = "whole" }));
    }

    [Fact]
    public async Task TrainPieceAsync_CheckpointLostEachTime_EndsWithAnError()
    {
        TrainingPieces pieces = TrainingPieces.None;
        var error = await Assert.ThrowsAsync<MlOpsException>(async () =>
        {
            while ((await Trainer(limits: TenMinutes).TrainPieceAsync(Job(), pieces, new Hurry(Stores.Time), None)).Unfinished is { } unfinished)
            {
                pieces = unfinished;
                await Tracker.DeleteArtifactAsync("run-1", CheckpointFile.Path, None);
            }
        });

        Assert.Equal((ErrorKind.TooLarge, "training-stalled"), (error.Kind, error.Code));
        Assert.Contains("handed over 4 times and is at iteration 3 of 20: 3 pieces in a row did not get further than the one before; take the large one", error.Message, StringComparison.Ordinal);
        Assert.Equal((RunStatus.Failed, error.Message), ((await Tracker.GetRunAsync("run-1", None)).Status, (await Tracker.GetRunAsync("run-1", None)).Reason));
    }

    [Fact]
    public void Add_OnePieceTooMany_IsAnError() =>
        Assert.Contains("it takes more than 500 pieces", Assert.Throws<MlOpsException>(() => new TrainingPieces(499, 499, 100_000, 0).Add(500, 100_000, "")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, true)]
    [InlineData("cut", false)]
    [InlineData("flip", false)]
    [InlineData("foreign", false)]
    [InlineData("release", false)]
    public async Task TrainAsync_AfterAKill_GoesOnFromAWholeCheckpointOfItsOwn(string? damage, bool goesOn)
    {
        TrainedModel whole = await Trainer().TrainAsync(Job("whole"), null, None);
        await KillAsync("run-1", Job());
        TrainingJob job = damage == "release" ? Job() with { CodeVersion = "1.2.4" } : Job();
        await DamageAsync(damage);
        var sessions = new WatchedSessions();

        TrainedModel trained = await Trainer(sessions).TrainAsync(job, null, None);

        Assert.Equal(WorkflowJson.Write(whole), WorkflowJson.Write(trained with { RunId = "whole" }));
        Assert.Equal(goesOn, Assert.Single(sessions.Begun) > 0);
        Assert.DoesNotContain(CheckpointFile.Path, await ArtifactsAsync("run-1"));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(2)]
    public async Task TrainAsync_CheckpointsFileThatTheStoreCannotRead_BeginsAnew(int trees)
    {
        TrainingJob job = Job() with { Spec = Job().Spec with { Parameters = new Dictionary<string, string> { ["trees"] = $"{trees}", ["depth"] = "3" } } };
        TrainedModel whole = await Trainer().TrainAsync(job with { RunId = "whole" }, null, None);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer(new WatchedTrainer(_ => stop.Cancel())).TrainAsync(job, null, stop.Token));
        await Tracker.LogArtifactAsync("run-1", CheckpointFile.Path, new MemoryStream(new byte[100]), None);
        Stores.CutFile(CheckpointFile.Path);
        Assert.Equal("blob-corrupt", (await Assert.ThrowsAsync<MlOpsException>(() => ReadAsync("run-1"))).Code);

        TrainedModel trained = await Trainer().TrainAsync(job, new Hurry(Stores.Time), None);

        Assert.Equal(WorkflowJson.Write(whole), WorkflowJson.Write(trained with { RunId = "whole" }));
        Assert.DoesNotContain(CheckpointFile.Path, await ArtifactsAsync("run-1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TrainAsync_StoreAwayAtACheckpoint_GoesOnAndKeepsTheNext(bool unavailable)
    {
        TrainedModel whole = await Trainer().TrainAsync(Job("whole"), null, None);
        var blobs = new FailingBlobs(Stores.Blobs, 1, unavailable ? Away : null);
        using var kill = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer(blobs: blobs).TrainAsync(Job(), new Hurry(Stores.Time, until: 10, kill: kill), kill.Token));

        Assert.True(blobs.Failed);
        Assert.Equal([CheckpointFile.Path], await ArtifactsAsync("run-1"));
        Assert.Equal(WorkflowJson.Write(whole), WorkflowJson.Write(await Trainer().TrainAsync(Job(), null, None) with { RunId = "whole" }));
    }

    [Fact]
    public async Task TrainPieceAsync_StoreAwayWhenItHandsOver_IsAnError()
    {
        var blobs = new FailingBlobs(Stores.Blobs, 1, Away);

        var error = await Assert.ThrowsAsync<MlOpsException>(() => Trainer(blobs: blobs, limits: TenMinutes).TrainPieceAsync(Job(), TrainingPieces.None, new Hurry(Stores.Time), None));

        Assert.Equal("store-away", error.Code);
    }

    [Fact]
    public async Task TrainAsync_FinishedRunWithALeftCheckpoint_RemovesIt()
    {
        await Trainer().TrainAsync(Job(), null, None);
        await Tracker.LogArtifactAsync("run-1", CheckpointFile.Path, new MemoryStream([1]), None);

        await Trainer().TrainAsync(Job(), null, None);

        Assert.DoesNotContain(CheckpointFile.Path, await ArtifactsAsync("run-1"));
    }

    private static MlOpsException Away => MlOpsException.Unavailable("store-away", "the store does not answer");

    private static TrainingJob WithFolds(string runId, int folds) => Job(runId) with { Split = new SplitSpec(Folds: folds) };

    private async Task<string[]> ArtifactsAsync(string runId) => [.. (await Tracker.ListArtifactsAsync(runId, None)).Select(a => a.Path)];

    private Task<TrainingPiece> PieceAsync(TrainingJob job, TrainingPieces before) =>
        Trainer(limits: TenMinutes).TrainPieceAsync(job, before, new Hurry(Stores.Time, before.Done), None);

    private async Task<(TrainedModel Trained, List<TrainingPieces> Pieces)> InPiecesAsync(TrainingJob job)
    {
        var pieces = new List<TrainingPieces>();
        while (true)
        {
            TrainingPiece piece = await PieceAsync(job, pieces.LastOrDefault() ?? TrainingPieces.None);
            if (piece.Trained is { } trained)
                return (trained, pieces);
            pieces.Add(piece.Unfinished!);
        }
    }

    /// <summary>A process that dies in the tenth iteration, after a checkpoint.</summary>
    private async Task KillAsync(string runId, TrainingJob job)
    {
        using var kill = new CancellationTokenSource();
        var progress = new Hurry(Stores.Time, until: 10, kill: kill);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer().TrainAsync(job with { RunId = runId }, progress, kill.Token));
        Assert.Equal([CheckpointFile.Path], await ArtifactsAsync(runId));
    }

    private async Task DamageAsync(string? damage)
    {
        if (damage == "foreign")
            await KillAsync("other", Job() with { Spec = Job().Spec with { Seed = 7 } });
        byte[] file = await ReadAsync(damage == "foreign" ? "other" : "run-1");
        if (damage == "flip")
            file[file.Length / 2] ^= 1;
        await Tracker.LogArtifactAsync("run-1", CheckpointFile.Path, new MemoryStream(damage == "cut" ? file[..20] : file), None);
    }

    private async Task<byte[]> ReadAsync(string runId)
    {
        using var file = new MemoryStream();
        await using Stream stored = await Tracker.OpenArtifactAsync(runId, CheckpointFile.Path, None);
        await stored.CopyToAsync(file);
        return file.ToArray();
    }

    /// <summary>Lets every iteration that was not done before take two minutes.</summary>
    private sealed class Hurry(ManualTimeProvider time, int done = 0, int until = int.MaxValue, CancellationTokenSource? kill = null) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Done > done)
                time.Advance(TimeSpan.FromMinutes(2));
            if (value.Done >= until)
                kill?.Cancel();
        }
    }
}
