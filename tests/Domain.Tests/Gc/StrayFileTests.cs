using System.Text;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Gc;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Pipelines;
using MlOps.Domain.Tests.Registry;

namespace MlOps.Domain.Tests.Gc;

/// <summary>Files that nothing refers to, wherever they lie.</summary>
public sealed class StrayFileTests : GcWorld
{
    [Fact]
    public async Task Collect_FileOfARunThatIsNot_IsListedThenGoesOnceItIsOld()
    {
        await RunAsync("r1");
        await WriteAsync("nobody", "model/a.bin", "1234567");
        Assert.Empty((await CollectAsync(new GcRequest { OlderThan = TimeSpan.Zero })).Items);
        Time.Advance(Month);

        GcPage dry = await CollectAsync(dryRun: true);
        int files = await FilesAsync("");
        GcPage done = await CollectAsync();

        GcItem item = Assert.Single(dry.Items);
        Assert.Equal((GcKind.Files, "artifacts/nobody", GcOutcome.Removable, 1, 7L), (item.Kind, item.Id, item.Outcome, item.Files, item.Bytes));
        Assert.Equal(item with { Outcome = GcOutcome.Removed }, Assert.Single(done.Items));
        Assert.Equal((3, 2), (files, await FilesAsync("")));
    }

    /// <summary>An upload wrote them while their run was removed.</summary>
    [Fact]
    public async Task Collect_FilesThatCameWhileTheirRunWasRemoved_GoOnceTheyAreOld()
    {
        await RunAsync(Gone);
        await Tracker.DeleteRunAsync(Gone, None);
        await CollectAsync(new GcRequest { RunIds = [Gone] });
        await WriteAsync(Gone, "late.bin", "1234567");
        await TreeAsync($"1/{Gone}/artifacts/a.txt");
        Assert.Empty((await CollectAsync()).Items);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, $"artifact-tree/1/{Gone}/artifacts"), (GcOutcome.Removed, $"artifacts/{Gone}")], Told(await CollectAsync()));
    }

    [Theory]
    [InlineData("shared/a.txt", "shared")]
    [InlineData("9/0123456789abcdef0123456789abcdef/artifacts/a.txt", "9/0123456789abcdef0123456789abcdef/artifacts")]
    [InlineData("a.txt", "a.txt")]
    public async Task Collect_FileOfTheTreeInNoPlace_IsOnlyToldUnlessStraysAreAskedFor(string path, string told)
    {
        await WorldAsync();
        await TreeAsync(path);
        Time.Advance(Month);

        GcItem item = Assert.Single((await CollectAsync()).Items);

        Assert.Equal((GcOutcome.Kept, "artifact-tree/" + told, 1, 1L), (item.Outcome, item.Id, item.Files, item.Bytes));
        Assert.True(await Tracker.Artifacts.ExistsAsync(path, None));
        Assert.Equal([(GcOutcome.Removed, "artifact-tree/" + told)], Told(await CollectAsync(new GcRequest { Strays = true })));
        Assert.False(await Tracker.Artifacts.ExistsAsync(path, None));
    }

    [Fact]
    public async Task Collect_PlaceThatARemovedExperimentAskedFor_IsLeftAlone()
    {
        Experiment placed = await Tracker.Catalog.CreateAsync(new ExperimentStart("placed") { ArtifactLocation = "mlflow-artifacts:/team" }, None);
        await TreeAsync($"team/{Gone}/artifacts/a.txt");
        await TreeAsync("team/notes.txt");
        await Tracker.Catalog.DeleteAsync(placed.Id, None);
        Time.Advance(Month);

        await CollectAsync();
        await CollectAsync();

        Assert.Null(await Tracker.Catalog.FindAsync(placed.Id, None));
        Assert.True(await Tracker.Artifacts.ExistsAsync("team/notes.txt", None));
    }

    [Theory]
    [InlineData("1/0123456789abcdef0123456789abcdef/artifacts/a.txt", "1/0123456789abcdef0123456789abcdef/artifacts")]
    [InlineData("1/models/m-0123456789abcdef0123456789abcdef/artifacts/model.pkl", "1/models/m-0123456789abcdef0123456789abcdef/artifacts")]
    [InlineData("1/traces/tr-0123456789abcdef0123456789abcdef/artifacts/spans/a.json", "1/traces/tr-0123456789abcdef0123456789abcdef/artifacts")]
    [InlineData("of/its own/models/m-0123456789abcdef0123456789abcdef/artifacts/a", "of/its own/models/m-0123456789abcdef0123456789abcdef/artifacts")]
    public async Task Collect_FileOfTheTreeThatIsNobodys_GoesOnceItIsOld(string path, string told)
    {
        await WorldAsync();
        await TreeAsync(path);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, "artifact-tree/" + told)], Told(await CollectAsync()));
        Assert.False(await Tracker.Artifacts.ExistsAsync(path, None));
    }

    [Theory]
    [InlineData("1/r1/artifacts/a.txt")]
    [InlineData("1/models/m-1/artifacts/model.pkl")]
    [InlineData("1/models/m-deleted/artifacts/model.pkl")]
    [InlineData("1/traces/tr-1/artifacts/spans/a.json")]
    [InlineData("1/notes.txt")]
    [InlineData("1/somebody/artifacts/a.txt")]
    [InlineData("1/models/mine/artifacts/a.txt")]
    [InlineData("1/models/readme")]
    [InlineData("of/its own/models/m-2/artifacts/a")]
    [InlineData("of/its own/charts/a.png")]
    [InlineData("loose/model/MLmodel")]
    [InlineData("loose/model/data/a.bin")]
    [InlineData("loose/one.onnx")]
    public async Task Collect_FileOfTheTreeThatIsSomebodys_Stays(string path)
    {
        await WorldAsync();
        await TreeAsync(path);
        Time.Advance(TimeSpan.FromDays(20));
        await Tracker.Models.DeleteAsync("m-deleted", None);
        Time.Advance(TimeSpan.FromDays(20));

        Assert.DoesNotContain((await CollectAsync()).Items, i => i.Kind == GcKind.Files);
        Assert.NotNull(await Blobs.FindAsync("artifact-tree", path, None));
    }

    /// <summary>Of a run that somebody begins, a version that somebody registers: after the file was listed, before it is deleted.</summary>
    [Theory]
    [InlineData("artifact-tree", "1/0123456789abcdef0123456789abcdef/artifacts/a.txt")]
    [InlineData("artifacts", "0123456789abcdef0123456789abcdef/a.txt")]
    public async Task Collect_FileThatIsReferredToAfterItWasListed_Stays(string container, string path)
    {
        await WorldAsync();
        await Blobs.WriteAsync(container, path, new MemoryStream([1]), new(), None);
        Time.Advance(Month);
        GarbageCollector slow = Collector(new BeforeTheSecondLook(Blobs, container, () => RunAsync(Gone)));

        Assert.Empty((await slow.RunAsync(new GcRequest(), None)).Items);
        Assert.NotNull(await Blobs.FindAsync(container, path, None));
    }

    [Theory]
    [InlineData("artifacts", "nobody/a.bin")]
    [InlineData("artifact-tree", "1/0123456789abcdef0123456789abcdef/artifacts/a.bin")]
    [InlineData("models", "aa/aaaa")]
    [InlineData("run-datasets", "9/aaaa")]
    [InlineData("datasets", "sha256/aa/aaaa")]
    public async Task Collect_FileThatIsWrittenAfterItWasListed_Stays(string container, string path)
    {
        await Tracker.EnsureExperimentAsync("churn", None);
        await Blobs.WriteAsync(container, path, new MemoryStream([1]), new(), None);
        Time.Advance(Month);
        GarbageCollector slow = Collector(new BeforeTheSecondLook(Blobs, container, () => Blobs.WriteAsync(container, path, new MemoryStream([2]), new(), None)));

        Assert.Empty((await slow.RunAsync(new GcRequest(), None)).Items);
        Assert.NotNull(await Blobs.FindAsync(container, path, None));
    }

    [Fact]
    public async Task Collect_PartsOfAnUpload_GoOnceNothingOfItIsYoung()
    {
        await Tracker.EnsureExperimentAsync("churn", None);
        foreach (string id in new[] { "old", "young" })
            await Tracker.Uploads.BeginAsync(id, $"1/{id}.bin", None);
        foreach (string id in new[] { "old", "young" })
            await Tracker.Uploads.WritePartAsync(id, 1, new MemoryStream([1, 2, 3]), None);
        Time.Advance(TimeSpan.FromDays(40));
        await Tracker.Uploads.WritePartAsync("young", 2, new MemoryStream([1]), None);

        GcItem item = Assert.Single((await CollectAsync()).Items);

        Assert.Equal(("artifact-uploads/old", 2), (item.Id, item.Files));
        Assert.Equal((0, 3), (await FilesAsync("old/", "artifact-uploads"), await FilesAsync("young/", "artifact-uploads")));
    }

    [Fact]
    public async Task Collect_DescriptionsAndDataSetFilesThatNothingNames_Go()
    {
        await World.AddAsync("shop", "a,b\n1,2\n3,4\n");
        int files = await FilesAsync("sha256/", "datasets");
        foreach ((string container, string path) in new[] { ("run-datasets", "7/abc"), ("datasets", $"sha256/aa/{new string('a', 64)}"), ("datasets", "incoming/shop/1") })
            await Blobs.WriteAsync(container, path, new MemoryStream([1]), new(), None);
        Time.Advance(Month);

        Assert.Equal(["datasets/incoming/shop/1", $"datasets/sha256/aa/{new string('a', 64)}", "run-datasets/7"], (await CollectAsync()).Items.Select(i => i.Id));
        Assert.Equal((files, 0), (await FilesAsync("sha256/", "datasets"), await FilesAsync("", "run-datasets")));
    }

    /// <summary>Broken off after any number of deletions, the next collection finishes it, and tells of the rest.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Collect_AfterOneThatWasBrokenOff_FinishesIt(int deletions)
    {
        await RunAsync("r1");
        for (int i = 0; i < 3; i++)
        {
            await WriteAsync($"gone{i}", "a.bin", "123");
            await TreeAsync($"1/models/m-{Gone[..31]}{i}/artifacts/a");
        }

        Time.Advance(Month);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Collector(new BreaksOff(Blobs, deletions)).RunAsync(new GcRequest(), None));

        GcPage rest = await CollectAsync();

        Assert.Equal(6 - deletions, rest.Items.Sum(i => i.Files));
        Assert.Equal((2, 0), (await FilesAsync(""), await FilesAsync("", "artifact-tree")));
    }

    [Fact]
    public async Task Collect_ContainerThatCannotBeListed_IsToldAsFailedAndTheOthersAreDone()
    {
        await WriteAsync("nobody", "a.bin", "1");
        Time.Advance(Month);

        GcPage page = await Collector(new Damaged(Blobs, "artifact-tree")).RunAsync(new GcRequest(), None);

        Assert.Equal([(GcOutcome.Failed, "artifact-tree"), (GcOutcome.Removed, "artifacts/nobody")], Told(page));
    }

    [Fact]
    public async Task Collect_FileThatCannotBeRemoved_IsToldAndKeepsNoOtherOfItsFolder()
    {
        foreach (string path in new[] { "a.bin", "b.bin", "c.bin" })
            await WriteAsync("nobody", path, "12");
        Time.Advance(Month);

        GcPage page = await Collector(new Stuck(Blobs, "nobody/b.bin")).RunAsync(new GcRequest(), None);

        Assert.Equal([(GcOutcome.Removed, 2, 4L), (GcOutcome.Failed, 0, 0L)], page.Items.Select(i => (i.Outcome, i.Files, i.Bytes)));
        Assert.Equal(1, await FilesAsync("nobody/"));
    }

    [Theory]
    [InlineData("batch", "batch-1/part-00000.csv", "batch/batch-1")]
    [InlineData("pipelines", "documents/0123.yaml", "pipelines/documents/0123.yaml")]
    [InlineData("reports", "drift/r-1.json", "reports/drift/r-1.json")]
    [InlineData("retrain-data", "k.csv", "retrain-data/k.csv")]
    public async Task Collect_FileOfABatchPipelineOrMonitorThatIsNot_IsOnlyToldUnlessStraysAreAskedFor(string container, string path, string told)
    {
        await Blobs.WriteAsync(container, path, new MemoryStream([1, 2]), new(), None);
        Assert.Empty((await CollectAsync(new GcRequest { OlderThan = TimeSpan.Zero })).Items);
        Time.Advance(Month);

        GcItem item = Assert.Single((await CollectAsync()).Items);

        Assert.Equal((GcOutcome.Kept, told, 1, 2L), (item.Outcome, item.Id, item.Files, item.Bytes));
        Assert.Equal([(GcOutcome.Removed, told)], Told(await CollectAsync(new GcRequest { Strays = true })));
        Assert.Null(await Blobs.FindAsync(container, path, None));
    }

    [Fact]
    public async Task Collect_DocumentsOfPipelinesAndTheirReports_Stay()
    {
        RegisteredPipeline first = await World.Platform.Pipelines.RegisterAsync(SmallData.Pipeline, "p.yaml", "ann", None);
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r1"), "ann", None);
        DateTimeOffset now = Time.GetUtcNow();
        var report = new FullReport(new MonitorReport("r-1", "churn", ReportKind.Drift, ReportStatus.Ok, now, now, now, 1, null, 0, null, null, "", []), null, null);
        await new MonitoringTable(World.Platform.Ports.Tables, Blobs).SaveReportAsync(report, None);
        Time.Advance(Month);

        Assert.Empty((await CollectAsync(new GcRequest { Strays = true })).Items);
        Assert.NotNull(await World.Platform.Pipelines.ReadDocumentAsync(first.Document, None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Collect_PageByPage_TellsEachFileOnce(bool dryRun)
    {
        for (int i = 0; i < 230; i++)
            await WriteAsync($"n{i}", "a.bin", "1");
        for (int i = 0; i < 130; i++)
            await Blobs.WriteAsync("models", $"aa/{i:D64}", new MemoryStream([1]), new(), None);
        Time.Advance(Month);

        (List<GcItem> items, int pages) = await CollectStepByStepAsync(dryRun);

        Assert.Equal((360, 360), (items.Count, items.Select(i => i.Id).Distinct().Count()));
        Assert.True(pages >= 5);
        Assert.Equal(dryRun ? (230, 130) : (0, 0), (await FilesAsync(""), await FilesAsync("", "models")));
    }

    private const string Gone = "0123456789abcdef0123456789abcdef";

    private Task TreeAsync(string path) => Blobs.WriteAsync("artifact-tree", path, new MemoryStream(Encoding.UTF8.GetBytes("x")), new(), None);

    /// <summary>Two experiments, one with a place of its own, and something of each kind in them.</summary>
    private async Task WorldAsync()
    {
        await Tracker.StartRunAsync(new RunStart("r1", "churn", "a run", RunLineage.None, RunChanges.NoTexts), None);
        Experiment placed = await Tracker.Catalog.CreateAsync(new ExperimentStart("placed") { ArtifactLocation = "mlflow-artifacts:/of/its own" }, None);
        foreach ((string model, string experiment) in new[] { ("m-1", "1"), ("m-deleted", "1"), ("m-2", placed.Id) })
            await Tracker.Models.CreateAsync(new LoggedModelStart(model, experiment, "clf"), None);
        await Tracker.Traces.StoreAsync(new Trace("tr-1", "1", Time.GetUtcNow()), None);
        await World.Registry.Catalog.CreateAsync("churn", null, RunChanges.NoTexts, "ann", None);
        foreach (string place in new[] { "mlflow-artifacts:/loose/model", "mlflow-artifacts:/loose/one.onnx" })
            await World.Registry.RegisterAsync("churn", new SourceRegistration(place, place), "ann", None);
    }
}
