using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;
using MlOps.Domain.Training;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Training;

/// <summary>A process that dies during a training says nothing: here its store takes nothing any more from one moment on.</summary>
public sealed class TrainingAttemptsTests : TrainingTest
{
    [Fact]
    public async Task TrainAsync_AfterTwoAttemptsThatDied_IsRefusedWithAdviceAndMayBeRerun()
    {
        await DieAsync();
        await DieAsync();
        var trainer = new WatchedTrainer();

        var error = await Assert.ThrowsAsync<MlOpsException>(() => Trainer(trainer, limits: new() { Advice = "take the large one" }).TrainAsync(Job(), null, None));

        Assert.Equal((ErrorKind.TooLarge, "training-died", 0), (error.Kind, error.Code, trainer.Fits));
        Assert.Contains("began 2 times, and each time its process ended without a word, most likely for lack of memory: take the large one, or train on a sample", error.Message);
        Assert.Equal((RunStatus.Failed, error.Message), ((await RunAsync()).Status, (await RunAsync()).Reason));
        Assert.NotNull((await Trainer().TrainAsync(Job(), null, None)).Model);
    }

    [Fact]
    public async Task TrainAsync_AfterOneThatDied_TrainsAndForgetsIt()
    {
        await DieAsync();

        Assert.NotNull((await Trainer().TrainAsync(Job(), null, None)).Model);
        Assert.DoesNotContain(TrainingAttempts.Tag, (await RunAsync()).Tags.Keys);
    }

    [Fact]
    public async Task TrainAsync_OfHostsThatStopOrFail_CountsNone()
    {
        for (int i = 0; i < 3; i++)
        {
            using var stop = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer(new WatchedTrainer(_ => stop.Cancel())).TrainAsync(Job(), null, stop.Token));
            await Assert.ThrowsAsync<InvalidOperationException>(() => Trainer(new WatchedTrainer(_ => throw new InvalidOperationException())).TrainAsync(Job(), null, None));
        }

        Assert.NotNull((await Trainer().TrainAsync(Job(), null, None)).Model);
    }

    [Fact]
    public async Task TrainAsync_ThatKeepsACheckpointEachTime_MayDieAnyNumberOfTimes()
    {
        for (int i = 1; i <= 4; i++)
            await DieAsync(afterIterations: 3 * i);

        Assert.NotNull((await Trainer().TrainAsync(Job(), null, None)).Model);
    }

    /// <summary>Begins an attempt and, in its fit, is gone: nothing that it does from there on reaches the store. A checkpoint is kept after every iteration.</summary>
    private async Task DieAsync(int afterIterations = 0)
    {
        var store = new DyingTable(Stores.Tables);
        var sessions = new WatchedSessions(_ => store.DieIf(afterIterations == 0));
        var trainer = new ModelTrainer(
            Datasets, new ExperimentTracker(store, Stores.Blobs, Stores.Time), Models, new TrainerCatalog([sessions]), Stores.Time, TrainingLimits.None, NullLogger.Instance);
        await Assert.ThrowsAsync<IOException>(() => trainer.TrainAsync(Job(), new Slow(this, store, afterIterations), None));
    }

    private sealed class Slow(TrainingAttemptsTests test, DyingTable store, int iterations) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            test.Stores.Time.Advance(TimeSpan.FromMinutes(6));
            store.DieIf(value.Done > iterations);
        }
    }

    private Task<Run> RunAsync() => Tracker.GetRunAsync("run-1", None);

    private sealed class DyingTable(IEntityTable tables) : IEntityTable
    {
        private bool _dead;

        public void DieIf(bool now)
        {
            _dead |= now;
            Alive();
        }

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => Alive().FindAsync(table, key, cancellationToken);

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) => Alive().QueryAsync(table, partition, range, cancellationToken);

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) => Alive().WriteAsync(table, writes, cancellationToken);

        private IEntityTable Alive() => _dead ? throw new IOException("the process is gone") : tables;
    }
}
