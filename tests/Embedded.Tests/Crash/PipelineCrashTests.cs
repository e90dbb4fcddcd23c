using MlOps.CrashHost;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;

namespace MlOps.Embedded.Tests.Crash;

/// <summary>
/// A process that trains, registers and promotes is killed at each point of the journal; what goes on from its files must come to
/// the same end, with every side effect once.
/// </summary>
[Collection(Alone.Name)]
public sealed class PipelineCrashTests
{
    private readonly HashSet<string> _digests = [];

    [Fact]
    public async Task Kill_AtEachJournalPoint_EndsWithOneRunOneVersionOnePromotion()
    {
        int points = await CrashPoints.KillAtEachAsync("pipeline", CheckAsync, directory => PipelineLoad.RunAsync([directory, "0"]));

        Assert.InRange(points, 30, 300);
        Assert.Single(_digests);
    }

    private async Task CheckAsync(string directory, int point)
    {
        await using EmbeddedPlatform embedded = await PipelineLoad.OpenAsync(directory, null);
        Platform platform = embedded.Platform;
        PipelineRun run = await platform.Pipelines.ListRunsAsync(null, default).SingleAsync();
        Assert.True(run.Result?.End == PipelineEnd.Promoted, $"point {point}: {run.State} {run.Failure?.Message} {run.Result?.Reason}");
        Assert.All(run.Steps, s => Assert.Equal(StepState.Succeeded, s.State));

        Assert.Single(await platform.Datasets.ListVersionsAsync("shop", default));
        Run trained = await platform.Experiments.ListRunsAsync("shop", default).SingleAsync();
        Assert.Equal((RunStatus.Finished, run.Result!.RunId), (trained.Status, trained.Id));
        Assert.Single(await platform.Experiments.MetricHistoryAsync(trained.Id, "test.auc", default));
        ModelVersion version = Assert.Single(await platform.Registry.ListVersionsAsync(PipelineLoad.Model, default));
        Assert.Equal((run.Result.RunId, run.Result.ModelDigest), (version.RunId, version.ModelDigest));
        await CheckPromotionAsync(platform);
        Assert.NotNull(await platform.Monitors.FindPolicyAsync(PipelineLoad.Model, default));
        lock (_digests)
            _digests.Add(version.ModelDigest);
    }

    private static async Task CheckPromotionAsync(Platform platform)
    {
        List<ModelEvent> events = await platform.Registry.ListEventsAsync(PipelineLoad.Model, default).ToListAsync();
        Assert.Single(events, e => e.Kind == ModelEventKind.Registered);
        Assert.Single(events, e => e is { Kind: ModelEventKind.AliasSet, Alias: RegistryLimits.Champion, Version: 1 });
        RolloutStatus rollout = Assert.Single(await platform.Rollouts.ListAsync(PipelineLoad.Model, default));
        Assert.Equal(RolloutState.Promoted, rollout.State);
        List<EndpointChange> changes = await platform.Endpoints.HistoryAsync(PipelineLoad.Model, default).ToListAsync();
        Assert.Equal([3, 2, 1], changes.Select(c => c.Revision));
        Assert.Equal(3, changes.Select(c => c.Reason).Distinct().Count());
        Assert.Equal(new TrafficShare(1, 10_000), Assert.Single(changes[0].Traffic));
    }
}
