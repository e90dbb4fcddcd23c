using MlOps.Contracts;
using MlOps.CrashHost;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Embedded.Workflows;

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
    public async Task Kill_AtEachJournalPointOfAFirstVersion_EndsWithOneRunOneVersionOnePromotion()
    {
        int points = await CrashPoints.KillAtEachAsync(
            "pipeline-first", directory => PipelineCrashLoad.RunFirstAsync(directory, null), (directory, point) => CheckAsync(directory, point, version: 1));

        Assert.InRange(points, 30, 300);
        Assert.Single(_digests);
    }

    [Fact]
    public async Task Kill_AtEachJournalPointOfACanary_EndsWithOneRunOneVersionOnePromotion()
    {
        using var champion = new TempDirectory();
        await PipelineCrashLoad.RunFirstAsync(champion.FullPath, null);
        await CheckPiecesAsync(champion.FullPath);

        int points = await CrashPoints.KillAtEachAsync(
            "pipeline-next", directory => PipelineCrashLoad.RunNextAsync(directory, null), (directory, point) => CheckAsync(directory, point, version: 2), champion.FullPath);

        Assert.InRange(points, 50, 400);
        Assert.Single(_digests);
    }

    /// <summary>The load is what it is meant to be: its trees come in pieces.</summary>
    private static async Task CheckPiecesAsync(string directory)
    {
        await using EmbeddedPlatform embedded = await PipelineCrashLoad.OpenAsync(directory, null);
        PipelineRun run = await embedded.Platform.Pipelines.ListRunsAsync(null, default).SingleAsync();
        Assert.Contains("\\u0022unfinished\\u0022:{", await WorkflowHistory.ExportAsync(embedded.Platform.Ports.Tables, run.Id, default), StringComparison.Ordinal);
    }

    /// <param name="version">How many runs there were, each with a version of its own.</param>
    private async Task CheckAsync(string directory, int point, int version)
    {
        await using EmbeddedPlatform embedded = await PipelineCrashLoad.OpenAsync(directory, null);
        Platform platform = embedded.Platform;
        List<PipelineRun> runs = await platform.Pipelines.ListRunsAsync(null, default).ToListAsync();
        Assert.Equal(version, runs.Count);
        PipelineRun run = runs[0];
        Assert.True(run.Result?.End == PipelineEnd.Promoted, $"point {point}: {run.State} {run.Failure?.Message} {run.Result?.Reason}");
        Assert.All(run.Steps, s => Assert.Equal(StepState.Succeeded, s.State));

        Assert.Single(await platform.Datasets.ListVersionsAsync("shop", default));
        await CheckTrainingAsync(platform, run, version);
        IReadOnlyList<ModelVersion> versions = await platform.Registry.ListVersionsAsync(PipelineLoad.Model, default);
        Assert.Equal(version, versions.Count);
        ModelVersion newest = versions.Single(v => v.Version == version);
        Assert.Equal((run.Result!.RunId, run.Result.ModelDigest), (newest.RunId, newest.ModelDigest));
        await CheckPromotionAsync(platform, version);
        Assert.NotNull(await platform.Monitors.FindPolicyAsync(PipelineLoad.Model, default));
        lock (_digests)
            _digests.Add(newest.ModelDigest);
    }

    private static async Task CheckTrainingAsync(Platform platform, PipelineRun run, int version)
    {
        List<Run> trained = await platform.Experiments.ListRunsAsync("shop", default).ToListAsync();
        Assert.Equal(2 * version, trained.Count);
        Assert.All(trained, t => Assert.Equal(RunStatus.Finished, t.Status));
        Assert.Contains(run.Result!.RunId, trained.Select(t => t.Id));
        Assert.Single(await platform.Experiments.MetricHistoryAsync(run.Result.RunId!, "test.auc", default));
        Assert.DoesNotContain("training.checkpoint", (await platform.Experiments.ListArtifactsAsync(run.Result.RunId!, default)).Select(a => a.Path));
    }

    private static async Task CheckPromotionAsync(Platform platform, int version)
    {
        List<ModelEvent> events = await platform.Registry.ListEventsAsync(PipelineLoad.Model, default).ToListAsync();
        Assert.Equal(version, events.Count(e => e.Kind == ModelEventKind.Registered));
        Assert.Single(events, e => e is { Kind: ModelEventKind.AliasSet, Alias: RegistryLimits.Champion } && e.Version == version);
        IReadOnlyList<RolloutStatus> rollouts = await platform.Rollouts.ListAsync(PipelineLoad.Model, default);
        Assert.Equal(version, rollouts.Count);
        Assert.All(rollouts, r => Assert.Equal(RolloutState.Promoted, r.State));
        List<EndpointChange> changes = await platform.Endpoints.HistoryAsync(PipelineLoad.Model, default).ToListAsync();
        // The first takes all at once; the canary begins, has a half, then all, and ends.
        Assert.Equal(Enumerable.Range(1, version == 1 ? 3 : 7).Reverse(), changes.Select(c => (int)c.Revision));
        Assert.Equal(new TrafficShare(version, 10_000), Assert.Single(changes[0].Traffic));
    }
}
