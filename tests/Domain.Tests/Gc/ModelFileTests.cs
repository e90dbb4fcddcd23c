using MlOps.Domain.Experiments;
using MlOps.Domain.Gc;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Tests.Pipelines;
using MlOps.Domain.Tests.Registry;
using MlOps.Domain.Training;

namespace MlOps.Domain.Tests.Gc;

/// <summary>Files of models, which versions and runs share by their content.</summary>
public sealed class ModelFileTests : GcWorld
{
    private static readonly string Digest = new('a', 64), Other = new('b', 64);

    private static string IdOf(string digest) => $"models/{digest[..2]}/{digest}";

    [Fact]
    public async Task Collect_FileThatNothingNames_GoesOnceItIsOld()
    {
        await WriteAsync(Digest);
        Assert.Empty((await CollectAsync(new GcRequest { OlderThan = TimeSpan.Zero })).Items);
        Time.Advance(Month);
        await WriteAsync(Other);

        GcPage dry = await CollectAsync(dryRun: true);
        int there = await FilesAsync("", "models");
        GcPage done = await CollectAsync();

        Assert.Equal((GcKind.Files, IdOf(Digest), GcOutcome.Removable, 1, 5L), (dry.Items[0].Kind, dry.Items[0].Id, dry.Items[0].Outcome, dry.Items[0].Files, dry.Items[0].Bytes));
        Assert.Equal((2, 1), (there, await FilesAsync("", "models")));
        Assert.Equal(dry.Items[0] with { Outcome = GcOutcome.Removed }, Assert.Single(done.Items));
    }

    [Fact]
    public async Task Collect_WhereARunsResultIsNoResult_GoesByItsTag()
    {
        await WriteAsync(Digest);
        await WriteAsync(Other);
        await Tracker.StartRunAsync(new RunStart("r1", "churn", "a training", new RunLineage(SpecDigest: "s"), RunChanges.NoTexts), None);
        await Tracker.SetTagsAsync("r1", new Dictionary<string, string> { [ModelArtifacts.DigestTag] = Digest }, None);
        await Tracker.LogArtifactAsync("r1", "training.json", new MemoryStream("x"u8.ToArray()), None);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, IdOf(Other))], Told(await CollectAsync()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Collect_WhereARunsResultCannotBeRead_GoesByItsTagOrNotAtAll(bool hasTag)
    {
        await WriteAsync(Digest);
        await WriteAsync(Other);
        await Tracker.StartRunAsync(new RunStart("r1", "churn", "a training", new RunLineage(SpecDigest: "s"), RunChanges.NoTexts), None);
        await Tracker.LogArtifactAsync("r1", "training.json", new MemoryStream("x"u8.ToArray()), None);
        if (hasTag)
            await Tracker.SetTagsAsync("r1", new Dictionary<string, string> { [ModelArtifacts.DigestTag] = Digest }, None);
        Time.Advance(Month);

        var trainer = new ModelTrainer(
            World.Platform.Datasets, new ExperimentTracker(World.Platform.Ports.Tables, new Unreadable(Blobs, "r1/training.json"), Time), World.Platform.Models, World.Platform.Ports.Trainers, Time,
            World.Platform.Ports.Limits, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        GcPage page = await new GarbageCollector(
            Tracker, World.Registry, World.Platform.Endpoints, World.Platform.Pipelines, trainer, World.Platform.Datasets, World.Platform.Batches, World.Monitors,
            Blobs, Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).RunAsync(new GcRequest(), None);

        Assert.Equal(hasTag ? [(GcOutcome.Failed, "r1"), (GcOutcome.Removed, IdOf(Other))] : [(GcOutcome.Failed, "models")], Told(page));
        Assert.Contains("a disk is broken", page.Items[0].Why, StringComparison.Ordinal);
        Assert.Equal(hasTag ? 1 : 2, await FilesAsync("", "models"));
    }

    [Fact]
    public async Task Collect_FileOfAVersion_StaysUntilTheVersionIsDeleted()
    {
        await WriteAsync(Digest);
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r1") with { ModelDigest = Digest }, "ann", None);
        await World.Registry.RegisterAsync("other", RegistryTest.Sample("r2") with { ModelDigest = Digest }, "ann", None);
        Time.Advance(Month);

        await World.Registry.Catalog.DeleteVersionAsync("churn", 1, "ann", None);
        Assert.Empty((await CollectAsync()).Items);
        await World.Platform.Removal.DeleteAsync("other", None);

        Assert.Equal([(GcOutcome.Removed, IdOf(Digest))], Told(await CollectAsync()));
    }

    [Fact]
    public async Task Collect_FileThatAVersionNamesAfterItWasListed_Stays()
    {
        await WriteAsync(Digest);
        Time.Advance(Month);
        GarbageCollector slow = Collector(new BeforeTheSecondLook(
            Blobs, ModelStore.Container, () => World.Registry.RegisterAsync("churn", RegistryTest.Sample("r1") with { ModelDigest = Digest }, "ann", None)));

        Assert.Empty((await slow.RunAsync(new GcRequest(), None)).Items);
        Assert.Equal(1, await FilesAsync("", "models"));
    }

    [Fact]
    public async Task Collect_FileOfARun_GoesWithTheRunAndNotBefore()
    {
        await WriteAsync(Digest);
        await RunAsync("r1");
        await Tracker.SetTagsAsync("r1", new Dictionary<string, string> { [ModelArtifacts.DigestTag] = Digest }, None);
        Time.Advance(Month);
        Assert.Empty((await CollectAsync()).Items);
        await Tracker.DeleteRunAsync("r1", None);
        Assert.Empty((await CollectAsync()).Items);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, "r1"), (GcOutcome.Removed, IdOf(Digest))], Told(await CollectAsync()));
    }

    [Fact]
    public async Task Collect_FileThatWasStoredAgainSince_Stays()
    {
        await World.AddAsync("shop", SmallData.Csv(200));
        PipelineRun run = await World.RunAsync(SmallData.Pipeline.Replace("atLeast: 0.6", "atLeast: 0.9999", StringComparison.Ordinal));
        var model = await World.Platform.Models.LoadAsync(new ModelRef(run.Result!.ModelDigest!, 0), None);
        await Tracker.DeleteRunAsync(run.Result.RunId!, None);
        Time.Advance(Month);

        await World.Platform.Models.SaveAsync(model, None);
        var page = await CollectAsync();

        Assert.DoesNotContain(page.Items, i => i.Kind == GcKind.Files);
        Assert.Equal(1, await FilesAsync("", "models"));
    }

    /// <summary>Of a pipeline run that did not put its model into the registry.</summary>
    [Fact]
    public async Task Collect_RunsOfAPipelineRunThatIsThrough_LeavesOnlyTheOneThatItChose()
    {
        await World.AddAsync("shop", SmallData.Csv(200));
        PipelineRun run = await World.RunAsync(SmallData.Pipeline.Replace("atLeast: 0.6", "atLeast: 0.9999", StringComparison.Ordinal));
        await Tracker.StartRunAsync(new RunStart("loser", "shop", "a trial", new RunLineage("shop@1", "d", "s", "1.0", run.Id), RunChanges.NoTexts), None);
        foreach (string id in new[] { "loser", run.Result!.RunId! })
            await Tracker.DeleteRunAsync(id, None);
        // Anybody may take a tag away.
        await Tracker.RestoreRunAsync(run.Result.RunId!, None);
        await Tracker.SetTagsAsync(run.Result.RunId!, new Dictionary<string, string> { [ModelArtifacts.DigestTag] = "x" }, None);
        await Tracker.DeleteRunAsync(run.Result.RunId!, None);
        Time.Advance(Month);

        GcPage page = await CollectAsync();

        Assert.Equal(PipelineEnd.GateFailed, run.Result.End);
        Assert.Equal([(GcOutcome.Removed, "loser"), (GcOutcome.Kept, run.Result.RunId!)], Told(page).OrderByDescending(t => t.Item2 == "loser"));
        Assert.Equal(1, await FilesAsync("", "models"));
    }

    private Task WriteAsync(string digest) => World.Platform.Ports.Blobs.WriteAsync("models", IdOf(digest)["models/".Length..], new MemoryStream([1, 2, 3, 4, 5]), new(), None);
}
