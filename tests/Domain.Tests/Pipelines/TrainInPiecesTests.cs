using MlOps.Contracts;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Tests.Training;
using MlOps.Domain.Training;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Pipelines;

public sealed class TrainInPiecesTests : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();
    private readonly List<string?> _shown = [];
    private readonly WatchedSessions _trainer;
    private PipelineWorld _world = null!;

    public TrainInPiecesTests() => _trainer = new WatchedSessions(_ => _shown.Add(ShownAsync().GetAwaiter().GetResult()));

    public async Task InitializeAsync()
    {
        _world = await PipelineWorld.OpenAsync(
            _folder.FullPath, ports: p => p with { Limits = new() { Time = TimeSpan.FromMinutes(25) }, Time = new FastTime(), Trainers = new TrainerCatalog([_trainer]) });
        await _world.AddAsync("shop", SmallData.Csv(300));
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_TrainingLongerThanAPiece_GoesOnUntilTheModelOfOneGoIsPromoted()
    {
        PipelineRun run = await _world.RunAsync(SmallData.Pipeline);

        Assert.Equal(PipelineEnd.Promoted, run.Result?.End);
        Assert.Equal(await DigestInOneGoAsync(), run.Result!.ModelDigest);
        Assert.Equal(
            [null, .. Enumerable.Range(1, _trainer.Begun.Count - 1).Select(i => $"iteration {i} of 5, goes on in piece {i + 1}")],
            _shown);
        Assert.Equal([0], _trainer.Begun.Where((size, piece) => size == 0 || piece == 0));
        Assert.InRange(_trainer.Begun.Count, 2, 5);
        Assert.DoesNotContain("training.checkpoint", (await _world.Tracker.ListArtifactsAsync(run.Result.RunId!, default)).Select(a => a.Path));
        WorkflowHistory.Replay(_world.Workflows, await _world.ExportAsync(run.Id));
    }

    private static async Task<string?> DigestInOneGoAsync()
    {
        using var folder = new TempDirectory();
        await using PipelineWorld world = await PipelineWorld.OpenAsync(folder.FullPath);
        await world.AddAsync("shop", SmallData.Csv(300));
        return (await world.RunAsync(SmallData.Pipeline)).Result!.ModelDigest;
    }

    private async Task<string?> ShownAsync()
    {
        PipelineRun run = (await _world.Pipelines.ListRunsAsync("shop", default).ToListAsync()).Single();
        return run.Steps.Single(s => s.Name == "train gbdt").Summary;
    }

    /// <summary>Ten minutes pass from one look at the clock to the next; timers take their time.</summary>
    private sealed class FastTime : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Increment(ref _looks) * TimeSpan.TicksPerMinute * 10;
    }
}
