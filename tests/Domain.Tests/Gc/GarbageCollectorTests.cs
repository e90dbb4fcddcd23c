using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Gc;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Gc;

public sealed class GarbageCollectorTests : GcWorld
{
    [Fact]
    public async Task Collect_RunDeletedLongAgo_RemovesItsRowsHistoryAndFilesAndNoOthers()
    {
        await RunAsync("old");
        await RunAsync("kept");
        await Tracker.DeleteRunAsync("old", None);
        Time.Advance(Month);

        GcPage dry = await CollectAsync(dryRun: true);
        int files = await FilesAsync("old/");
        GcPage done = await CollectAsync();

        Assert.Equal([(GcOutcome.Removable, "old")], Told(dry));
        Assert.Equal((2, 2), (dry.Items[0].Files, files));
        Assert.InRange(dry.Items[0].Bytes, 8 + 2_000, 200_000);
        Assert.Equal(dry.Items[0] with { Outcome = GcOutcome.Removed }, Assert.Single(done.Items));
        Assert.Equal((0, 0, 2), (await FilesAsync("old/"), await HistoryRowsAsync("old"), await FilesAsync("kept/")));
        await FailsAsync("run-missing", () => Tracker.GetRunAsync("old", None));
        Assert.Equal(2_000, (await Tracker.MetricHistoryAsync("kept", "loss", None)).Count);
        Assert.Empty((await CollectAsync()).Items);
    }

    [Fact]
    public async Task Collect_RunDeletedLately_LeavesItUntilItIsNamed()
    {
        await RunAsync("young");
        await Tracker.DeleteRunAsync("young", None);

        Assert.Empty((await CollectAsync()).Items);
        await FailsAsync("gc-too-young", () => CollectAsync(new GcRequest { RunIds = ["young"], OlderThan = TimeSpan.FromDays(1) }));
        Assert.Equal([(GcOutcome.Removed, "young")], Told(await CollectAsync(new GcRequest { RunIds = ["young"] })));
    }

    [Fact]
    public async Task Collect_NamedRunThatIsActiveOrUnknown_IsRefusedAndRemovesNothing()
    {
        await RunAsync("active");
        await RunAsync("deleted");
        await Tracker.DeleteRunAsync("deleted", None);

        await FailsAsync("gc-active", () => CollectAsync(new GcRequest { RunIds = ["deleted", "active"] }));
        await FailsAsync("run-missing", () => CollectAsync(new GcRequest { RunIds = ["deleted", "nobody"] }));
        await FailsAsync("gc-active", () => CollectAsync(new GcRequest { ExperimentIds = ["1"] }));
        Assert.Equal(2, await FilesAsync("deleted/"));
    }

    [Fact]
    public async Task Claim_OfARunRestoredMeanwhile_IsRefusedAndTheRunWorks()
    {
        await RunAsync("r1");
        await Tracker.DeleteRunAsync("r1", None);
        var found = await Tracker.Purge.FindAsync("r1", None);
        await Tracker.RestoreRunAsync("r1", None);

        bool claimed = await Tracker.Purge.ClaimAsync(found!, Time.GetUtcNow(), None);
        await Tracker.Purge.RemoveAsync("r1", None);

        Assert.False(claimed);
        Assert.Equal(2, await FilesAsync("r1/"));
        await Tracker.LogParamsAsync("r1", new Dictionary<string, string> { ["a"] = "1" }, None);
    }

    [Fact]
    public async Task Restore_OfAClaimedRun_IsRefused()
    {
        await RunAsync("r1");
        await Tracker.DeleteRunAsync("r1", None);
        Assert.True(await Tracker.Purge.ClaimAsync((await Tracker.Purge.FindAsync("r1", None))!, Time.GetUtcNow(), None));

        await FailsAsync("run-purged", () => Tracker.RestoreRunAsync("r1", None));
    }

    [Fact]
    public async Task Collect_RunLargerThanARow_TellsItsBytesAndLeavesNothingOfIt()
    {
        await RunAsync("large");
        await Tracker.LogParamsAsync("large", Enumerable.Range(0, 250).ToDictionary(i => $"p{i}", i => $"{i} ".PadRight(6_000, 'x')), None);
        await Tracker.DeleteRunAsync("large", None);
        // As a crash leaves it after its histories.
        Assert.True(await Tracker.Purge.ClaimAsync((await Tracker.Purge.FindAsync("large", None))!, Time.GetUtcNow(), None));

        GcItem told = Assert.Single((await CollectAsync(dryRun: true)).Items, i => i.Id == "large");
        GcItem removed = Assert.Single((await CollectAsync()).Items, i => i.Id == "large");

        Assert.InRange(told.Bytes, 1 << 20, 3 << 20);
        Assert.Equal(told with { Outcome = GcOutcome.Removed }, removed);
        Assert.Null(await Tracker.Purge.FindAsync("large", None));
        Assert.Empty((await World.Platform.Ports.Tables.QueryAsync("runsParts", "large", new(), None)).Entities);
    }

    [Fact]
    public async Task Collect_RunLargerThanARow_RemovesTheBytesThatADryRunTold()
    {
        await RunAsync("large");
        await Tracker.LogParamsAsync("large", Enumerable.Range(0, 250).ToDictionary(i => $"p{i}", i => $"{i} ".PadRight(6_000, 'x')), None);
        await Tracker.SetTagsAsync("large", Enumerable.Range(0, 100).ToDictionary(i => $"t{i}", i => $"{i} ".PadRight(6_000, 'y')), None);
        await Tracker.DeleteRunAsync("large", None);
        Time.Advance(Month);

        GcItem told = Assert.Single((await CollectAsync(dryRun: true)).Items);

        Assert.InRange(told.Bytes, 1 << 20, 5 << 20);
        Assert.Equal(told with { Outcome = GcOutcome.Removed }, Assert.Single((await CollectAsync()).Items));
    }

    [Fact]
    public async Task Collect_AfterOneThatWasBrokenOff_FinishesIt()
    {
        await RunAsync("claimed");
        Run bare = await Tracker.StartRunAsync(new RunStart("bare", "churn", "a run", RunLineage.None, RunChanges.NoTexts), None);
        foreach (string id in new[] { "claimed", "bare" })
        {
            await Tracker.DeleteRunAsync(id, None);
            Assert.True(await Tracker.Purge.ClaimAsync((await Tracker.Purge.FindAsync(id, None))!, Time.GetUtcNow(), None));
        }

        // As a crash leaves it between the run's row and its index: files and histories have gone before.
        await World.Platform.Ports.Tables.WriteAsync("runs", EntityWrite.Delete(new EntityKey(bare.ExperimentId, $"{SortKeys.NewestFirst(bare.StartedAt)}-bare")), None);
        await CollectAsync();

        Assert.Equal((0, 0), (await FilesAsync(""), await HistoryRowsAsync("claimed")));
        Assert.Empty(await Tracker.Purge.ListBegunAsync(None).ToListAsync());
        Assert.Null(await World.Platform.Ports.Tables.FindAsync("runIndex", await IndexKeyAsync("bare"), None));
    }

    [Fact]
    public async Task Collect_RunOfAModelVersion_IsKeptWithItsExperimentAndSaysWhy()
    {
        await RunAsync("trained");
        await RunAsync("other");
        var signature = new ModelSignature(LearningTask.Binary, "y", [new FeatureSignature("x", ColumnType.Number, false)], ["no", "yes"]);
        await World.Registry.RegisterAsync("churn", new ModelRegistration("trained", "sha256-1", 1, "gbdt", signature, new Dictionary<string, double>(), RunLineage.None), "ann", None);
        await Tracker.Catalog.DeleteAsync("1", None);
        Time.Advance(Month);

        GcPage dry = await CollectAsync(dryRun: true), page = await CollectAsync();

        foreach (GcPage told in new[] { dry, page })
        {
            Assert.Contains("churn/1", told.Items.Single(i => i.Id == "trained" && i.Outcome == GcOutcome.Kept).Why, StringComparison.Ordinal);
            Assert.Equal(GcOutcome.Kept, told.Items.Single(i => i.Kind == GcKind.Experiment).Outcome);
        }

        Assert.Equal((2, 0), (await FilesAsync("trained/"), await FilesAsync("other/")));
    }

    [Fact]
    public async Task Collect_ExperimentWhereAVersionHasItsFiles_IsKept()
    {
        await Tracker.EnsureExperimentAsync("churn", None);
        await Tracker.Artifacts.WriteAsync("1/models/m-1/artifacts/model.onnx", new MemoryStream([1]), None);
        await World.Registry.Catalog.CreateAsync("churn", null, RunChanges.NoTexts, "ann", None);
        await World.Registry.RegisterAsync("churn", new SourceRegistration("mlflow-artifacts:/1/models/m-1/artifacts", "mlflow-artifacts:/1/models/m-1/artifacts"), "ann", None);
        await Tracker.Catalog.DeleteAsync("1", None);
        Time.Advance(Month);

        GcItem item = Assert.Single((await CollectAsync()).Items);

        Assert.Equal((GcOutcome.Kept, "model version churn/1 has its files there"), (item.Outcome, item.Why));
        Assert.Equal(1, await FilesAsync("1/", "artifact-tree"));
        await Tracker.Catalog.RestoreAsync("1", None);
    }

    [Fact]
    public async Task Collect_ExperimentDeletedLongAgo_GoesWithItsRunsAndFreesItsName()
    {
        await RunAsync("r1", "gone");
        await Tracker.Catalog.DeleteAsync("1", None);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, "r1"), (GcOutcome.Removed, "1")], Told(await CollectAsync()));

        Assert.Null(await Tracker.Catalog.FindAsync("1", None));
        Assert.Equal("2", (await Tracker.EnsureExperimentAsync("gone", None)).Id);
    }

    [Fact]
    public async Task Collect_ExperimentWithFilesOfItsOwn_RemovesThemAndNotThoseOfAnotherThatLiesInItsFolder()
    {
        await RunAsync("r1", "gone");
        Experiment guest = await Tracker.Catalog.CreateAsync(new ExperimentStart("guest") { ArtifactLocation = "mlflow-artifacts:/1/guest" }, None);
        await Tracker.Models.CreateAsync(new LoggedModelStart("m-2", guest.Id, "clf"), None);
        foreach (string path in new[] { "1/models/m-1/artifacts/model.pkl", "1/guest/models/m-2/artifacts/model.pkl" })
            await Tracker.Artifacts.WriteAsync(path, new MemoryStream([1, 2]), None);
        await Tracker.Catalog.DeleteAsync("1", None);
        Time.Advance(Month);

        GcPage dry = await CollectAsync(dryRun: true), done = await CollectAsync();

        Assert.Equal((1, 2L), done.Items.Where(i => i.Kind == GcKind.Experiment).Select(i => (i.Files, i.Bytes)).Single());
        Assert.Equal(dry.Items.Select(i => i with { Outcome = GcOutcome.Removed }), done.Items);
        Assert.Equal((0, 1), (await FilesAsync("1/models", "artifact-tree"), await FilesAsync("1/guest", "artifact-tree")));
    }

    [Fact]
    public async Task Collect_ModelDeletedLongAgo_GoesWithItsFilesAndNoOther()
    {
        await RunAsync("r1");
        await ModelAndTraceAsync("1");
        await Tracker.Models.CreateAsync(new LoggedModelStart("m-kept", "1", "clf"), None);
        await Tracker.Models.DeleteAsync("m-1", None);
        Assert.Empty((await CollectAsync()).Items);
        Time.Advance(Month);

        GcPage dry = await CollectAsync(dryRun: true), page = await CollectAsync();

        Assert.Equal([(GcOutcome.Removable, "m-1")], Told(dry));
        Assert.Equal(dry.Items[0] with { Outcome = GcOutcome.Removed }, Assert.Single(page.Items));
        Assert.Equal((GcKind.Model, 1, 1L), (page.Items[0].Kind, page.Items[0].Files, page.Items[0].Bytes));
        Assert.Equal((0, 1), (await FilesAsync("1/models/", "artifact-tree"), await FilesAsync("1/traces/", "artifact-tree")));
        await Tracker.Models.CreateAsync(new LoggedModelStart("m-1", (await Tracker.EnsureExperimentAsync("other", None)).Id, "free again"), None);
        await Tracker.Models.GetAsync("m-kept", None);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("mlflow-artifacts:/of/its own")]
    public async Task Collect_ExperimentDeletedLongAgo_TakesItsModelsAndTraces(string? place)
    {
        string id = (await Tracker.Catalog.CreateAsync(new ExperimentStart("gone") { ArtifactLocation = place }, None)).Id;
        await ModelAndTraceAsync(id, place is null ? id : "of/its own");
        await Tracker.Catalog.DeleteAsync(id, None);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, id)], Told(await CollectAsync()));

        Assert.Equal(0, await FilesAsync("", "artifact-tree"));
        await FailsAsync("logged-model-missing", () => Tracker.Models.GetAsync("m-1", None));
        await FailsAsync("trace-missing", () => Tracker.Traces.GetAsync("tr-1", None));
        Assert.Empty((await CollectAsync()).Items);
    }

    [Theory]
    [InlineData("mlflow-artifacts:/1/models/m-1/artifacts", null)]
    [InlineData("s3://elsewhere/x", "m-1")]
    public async Task Collect_LoggedModelOfAModelVersion_IsKeptWithItsExperiment(string location, string? modelId)
    {
        await RunAsync("r1");
        await ModelAndTraceAsync("1");
        await World.Registry.Catalog.CreateAsync("churn", null, RunChanges.NoTexts, "ann", None);
        await World.Registry.RegisterAsync("churn", new SourceRegistration("models:/m-1", location) { ModelId = modelId }, "ann", None);
        await Tracker.Models.DeleteAsync("m-1", None);
        Time.Advance(Month);
        Assert.Equal([(GcOutcome.Kept, "m-1")], Told(await CollectAsync()));

        await Tracker.Catalog.DeleteAsync("1", None);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, "r1"), (GcOutcome.Kept, "m-1"), (GcOutcome.Kept, "1")], Told(await CollectAsync()));
        Assert.Equal((1, 1), (await FilesAsync("1/models/", "artifact-tree"), await FilesAsync("1/traces/", "artifact-tree")));
    }

    [Fact]
    public async Task Restore_OfAnExperimentWhoseRunsAreBeingRemoved_IsRefused()
    {
        await RunAsync("r1");
        await Tracker.Catalog.DeleteAsync("1", None);
        DeletedRun found = (await Tracker.Purge.FindAsync("r1", None))!;
        Assert.False(await Tracker.Purge.ClaimAsync(found, Time.GetUtcNow(), None));

        Assert.True(await Tracker.Purge.ClaimExperimentAsync("1", Time.GetUtcNow(), None));
        Assert.True(await Tracker.Purge.ClaimAsync(found, Time.GetUtcNow(), None));

        await FailsAsync("experiment-purged", () => Tracker.Catalog.RestoreAsync("1", None));
    }

    [Fact]
    public async Task Collect_OfARunThatIsDeletedWithItsExperiment_LeavesTheExperimentToBeRestored()
    {
        await RunAsync("r1");
        await RunAsync("r2");
        await Tracker.Catalog.DeleteAsync("1", None);

        Assert.Equal([(GcOutcome.Removed, "r1")], Told(await CollectAsync(new GcRequest { RunIds = ["r1"] })));
        await Tracker.Catalog.RestoreAsync("1", None);

        Assert.Null((await Tracker.GetRunAsync("r2", None)).DeletedAt);
        Assert.Empty((await CollectAsync()).Items);
    }

    [Fact]
    public async Task Collect_AfterACrashThatLeftClaimsOfAYoungExperiment_GivesThemBack()
    {
        await RunAsync("r1");
        await Tracker.Catalog.DeleteAsync("1", None);
        await Tracker.Purge.ClaimExperimentAsync("1", Time.GetUtcNow(), None);
        Assert.True(await Tracker.Purge.ClaimAsync((await Tracker.Purge.FindAsync("r1", None))!, Time.GetUtcNow(), None));
        await Tracker.Purge.ReleaseExperimentAsync("1", None);
        await Tracker.Catalog.RestoreAsync("1", None);

        await CollectAsync();

        Assert.Null((await Tracker.GetRunAsync("r1", None)).DeletedAt);
        Assert.Equal(2, await FilesAsync("r1/"));
        await Tracker.LogParamsAsync("r1", new Dictionary<string, string> { ["a"] = "1" }, None);
    }

    [Fact]
    public async Task Collect_WhileAnotherIsAtWork_IsRefusedUntilThatEndsOrIsSilent()
    {
        await RunAsync("r1");
        await Tracker.DeleteRunAsync("r1", None);
        Time.Advance(Month);
        PurgeLease lost = await OtherTracker().Purge.LeaseAsync(None);

        await FailsAsync("gc-busy", () => CollectAsync());
        Assert.Equal([(GcOutcome.Removable, "r1")], Told(await CollectAsync(dryRun: true)));
        Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal([(GcOutcome.Removed, "r1")], Told(await CollectAsync()));
        await FailsAsync("gc-busy", () => lost.RenewAsync(None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Collect_PageByPage_TellsEachThingOnce(bool dryRun)
    {
        for (int i = 0; i < 60; i++)
        {
            await Tracker.StartRunAsync(new RunStart($"r:{i}", $"e{i % 2}", "a run", RunLineage.None, RunChanges.NoTexts), None);
            await Tracker.DeleteRunAsync($"r:{i}", None);
            Time.Advance(TimeSpan.FromSeconds(i % 3));
        }

        await Tracker.Catalog.DeleteAsync("1", None);
        Time.Advance(Month);

        (List<GcItem> items, int pages) = await CollectStepByStepAsync(dryRun);

        Assert.Equal(61, items.Count);
        Assert.Equal(61, items.Select(i => i.Id).Distinct().Count());
        Assert.True(pages > 5);
        Assert.Equal(dryRun ? 60 : 0, await World.Platform.Ports.Tables.ScanAsync("runs", "1", new EntityRange(To: "a"), None).Concat(World.Platform.Ports.Tables.ScanAsync("runs", "2", new EntityRange(To: "a"), None)).CountAsync());
    }

    [Fact]
    public async Task Collect_DataSetDescriptions_GoWithTheLastRunThatNamesThem()
    {
        foreach (string id in new[] { "r1", "r2" })
        {
            await RunAsync(id);
            await Tracker.LogAsync(id, new RunChanges { Inputs = [new DatasetInput("both", "1", "local", "{}"), new DatasetInput(id, "1", "local", "{}")] }, None);
        }

        await Tracker.DeleteRunAsync("r1", None);
        Time.Advance(Month);
        await CollectAsync();

        Assert.Equal(["both", "r2"], (await OtherTracker().GetRunAsync("r2", None)).Inputs.Select(i => i.Name));
        Assert.Equal(2, await FilesAsync("", "run-datasets"));
    }

    [Fact]
    public async Task Start_WithTheIdOfARemovedRun_IsANewRunForWhoKnewTheOld()
    {
        ExperimentTracker other = OtherTracker();
        await RunAsync("r1");
        await other.GetRunAsync("r1", None);
        await other.Search.SearchAsync(new RunQuery(["1"]), None);
        await Tracker.DeleteRunAsync("r1", None);
        await CollectAsync(new GcRequest { RunIds = ["r1"] });
        Assert.Empty((await other.Search.SearchAsync(new RunQuery(["1"]), None)).Runs);
        Time.Advance(TimeSpan.FromMinutes(1));
        await RunAsync("r1");

        await other.LogParamsAsync("r1", new Dictionary<string, string> { ["a"] = "1" }, None);

        Assert.Equal("1", (await Tracker.GetRunAsync("r1", None)).Params["a"]);
        Assert.Equal(2_000, (await other.MetricHistoryAsync("r1", "loss", None)).Count);
    }

    private static Task<EntityKey> IndexKeyAsync(string runId) => Task.FromResult(new EntityKey(
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(runId)).AsSpan(0, 1)), runId));

    /// <summary>Model <c>m-1</c> and trace <c>tr-1</c> of an experiment, with a file of a byte each.</summary>
    private async Task ModelAndTraceAsync(string experiment, string? root = null)
    {
        await Tracker.Models.CreateAsync(new LoggedModelStart("m-1", experiment, "clf"), None);
        await Tracker.Traces.StoreAsync(new Trace("tr-1", experiment, Time.GetUtcNow()), None);
        foreach (string file in new[] { "models/m-1/artifacts/MLmodel", "traces/tr-1/artifacts/traces.json" })
            await Tracker.Artifacts.WriteAsync($"{root ?? experiment}/{file}", new MemoryStream([1]), None);
    }
}
