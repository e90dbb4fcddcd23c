using MlOps.Domain.Gc;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Registry;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Gc;

public sealed class NameLeftoversTests : GcWorld
{
    [Fact]
    public async Task Delete_OfAModel_TakesWhatGoesByItsNameAndNothingOfOthers()
    {
        foreach (string model in new[] { "churn", "churn2" })
            await FillAsync(model);

        await World.Platform.Removal.DeleteAsync("churn", None);

        Assert.Equal((0, 1, 0, 1), (await FilesAsync("churn/", "predictions"), await FilesAsync("churn2/", "predictions"), await RowsAsync("feedback", "20260101~churn"), await RowsAsync("feedback", "20260101~churn2")));
        Assert.Equal((0, 1), (await RowsAsync("rollouts", "churn"), await RowsAsync("rollouts", "churn2")));
        Assert.Equal((true, false), (await World.Monitors.FindPolicyAsync("churn", None) is null, await World.Monitors.FindPolicyAsync("churn2", None) is null));
        Assert.Equal(["churn2"], await World.Platform.LogPolicies.ModelsAsync(None).ToListAsync());
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r2"), "ann", None);
        LogPolicyState policy = await World.Platform.LogPolicies.GetAsync("churn", None);
        Assert.Equal((0, 1), (policy.Revision, policy.Policy.Sample));
        Assert.Empty(await World.Platform.LogPolicies.HistoryAsync("churn", None).ToListAsync());
    }

    /// <summary>Who follows a policy takes a lower revision for an older one.</summary>
    [Fact]
    public async Task LogPolicy_OfAnotherModelOfTheName_IsActedOnByWhoFollowedTheOld()
    {
        LogPolicies policies = World.Platform.LogPolicies;
        await FillAsync("churn");
        await policies.SetAsync("churn", new LogPolicy { Sample = 0.25 }, "ann", None, 1);
        Assert.Equal(0.25, (await policies.InForceAsync("churn", None)).Policy.Sample);

        await World.Platform.Removal.DeleteAsync("churn", None);
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1, (await policies.InForceAsync("churn", None)).Policy.Sample);
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r2"), "ann", None);
        await policies.SetAsync("churn", new LogPolicy { Sample = 0.125 }, "ann", None, 0);
        Time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(0.125, (await policies.InForceAsync("churn", None)).Policy.Sample);
        Assert.Equal(1, (await policies.GetAsync("churn", None)).Revision);
    }

    /// <summary>Nobody ever asks for the name again.</summary>
    [Fact]
    public async Task Collect_AfterADeletionThatWasBrokenOff_FinishesItOnceNobodyIsAtIt()
    {
        await FillAsync("churn");
        await BreakOffAsync("churn");
        Assert.Empty((await CollectAsync()).Items);
        Time.Advance(TimeSpan.FromSeconds(61));

        GcPage dry = await CollectAsync(dryRun: true);
        int files = await FilesAsync("churn/", "predictions");
        GcPage done = await CollectAsync();

        GcItem item = Assert.Single(dry.Items);
        Assert.Equal((GcKind.Name, "churn", GcOutcome.Removable, 1, 1L, 1), (item.Kind, item.Id, item.Outcome, item.Files, item.Bytes, files));
        Assert.Equal(item with { Outcome = GcOutcome.Removed }, Assert.Single(done.Items));
        Assert.Equal((0, 0, 0), (await FilesAsync("churn/", "predictions"), await RowsAsync("rollouts", "churn"), await RowsAsync("models", "churn")));
        Assert.Empty((await CollectAsync()).Items);
    }

    [Fact]
    public async Task Collect_NameOfARenamedModel_KeepsWhatWentByItUntilTheRenamingIsOld()
    {
        await FillAsync("churn");
        Time.Advance(Month);
        await World.Registry.Catalog.RenameAsync("churn", "churn eu", "ann", None);

        Assert.Empty((await CollectAsync()).Items);
        Assert.Equal(1, await FilesAsync("churn/", "predictions"));
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, "churn")], Told(await CollectAsync()));
        Assert.Equal(0, await FilesAsync("churn/", "predictions"));
    }

    /// <summary>They were in the memory of another process when the model was deleted.</summary>
    [Fact]
    public async Task Predictions_BufferedWhileTheirModelIsDeleted_DoNotComeBackUnderItsName()
    {
        await FillAsync("churn");
        PredictionLog log = World.Platform.PredictionLog;
        await using PredictionLog other = OtherLog();
        other.Append(Prediction("churn", "old"));
        Time.Advance(TimeSpan.FromSeconds(1));
        await World.Platform.Removal.DeleteAsync("churn", None);
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r2"), "ann", None);
        Time.Advance(TimeSpan.FromSeconds(1));
        log.Append(Prediction("churn", "new"));

        await other.FlushAsync(None);

        Assert.Equal(["new"], await log.ReadAsync("churn", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, 10, None).Select(p => p.RequestId).ToListAsync());
    }

    /// <summary>Both models are in the segment of one hour.</summary>
    [Theory]
    [InlineData("churn")]
    [InlineData("@shadow-churn")]
    public async Task Predictions_OfANewModelInASegmentOfTheFormer_AreKeptWithoutThatsOwn(string name)
    {
        await FillAsync("churn");
        PredictionLog log = World.Platform.PredictionLog;
        await using PredictionLog other = OtherLog();
        foreach (string id in new[] { "old 1", "old 2" })
            other.Append(Prediction(name, id));
        Time.Advance(TimeSpan.FromSeconds(1));
        await World.Platform.Removal.DeleteAsync("churn", None);
        await World.Registry.RegisterAsync("churn", RegistryTest.Sample("r2"), "ann", None);
        Time.Advance(TimeSpan.FromSeconds(1));
        foreach (string id in new[] { "new 1", "new 2", "new 3" })
            other.Append(Prediction(name, id));

        await other.FlushAsync(None);

        Assert.Equal(["new 1", "new 2", "new 3"], await log.ReadAsync(name, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, 10, None).Select(p => p.RequestId).ToListAsync());
        Assert.Equal(2, other.DroppedRows);
    }

    [Fact]
    public async Task Collect_PredictionsOfNoModel_GoOnceTheyAreOld()
    {
        await FillAsync("churn");
        await World.Platform.Ports.Blobs.WriteAsync("predictions", "@shadow-churn/20260101/00/s.jsonl.gz", new MemoryStream([1]), new(), None);
        await World.Platform.Ports.Blobs.WriteAsync("predictions", "gone/20260101/00/s.jsonl.gz", new MemoryStream([1, 2]), new(), None);
        Time.Advance(Month);

        GcItem item = Assert.Single((await CollectAsync()).Items);

        Assert.Equal(("predictions/gone", 1, 2L), (item.Id, item.Files, item.Bytes));
        Assert.Equal((1, 1), (await FilesAsync("churn/", "predictions"), await FilesAsync("@shadow-churn/", "predictions")));
    }

    private PredictionLog OtherLog() => new(
        World.Platform.Ports.Blobs, Time, World.Platform.Ports.Ids, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, isFormers: World.Registry.IsFormersAsync);

    private PredictionRecord Prediction(string model, string id) => new(
        model, 1, id, Time.GetUtcNow(), new RecordedRows(new Table([new NumberColumn("n", [1])])), new Predictions(LearningTask.Regression, [], [0.5]));

    /// <summary>As a process that dies while it removes what goes by the name.</summary>
    private async Task BreakOffAsync(string model)
    {
        var registry = new ModelRegistry(World.Platform.Ports.Tables, Time, forget: (_, _, _) => throw new IOException("the process is killed"));
        await Assert.ThrowsAsync<IOException>(() => registry.Catalog.DeleteAsync(model, None));
    }

    private async Task FillAsync(string model)
    {
        await World.Registry.RegisterAsync(model, RegistryTest.Sample("r1"), "ann", None);
        await World.Platform.LogPolicies.SetAsync(model, new LogPolicy { Sample = 0.5 }, "ann", None);
        await World.Monitors.SetPolicyAsync(new MonitorPolicy { Model = model, Drift = new DriftPolicy() }, None);
        await World.Platform.Ports.Blobs.WriteAsync("predictions", $"{model}/20260101/00/s.jsonl.gz", new MemoryStream([1]), new(), None);
        IEntityTable tables = World.Platform.Ports.Tables;
        await tables.WriteAsync("feedback", EntityWrite.Insert(new Entity($"20260101~{model}", "0000000~r1") { ["truth"] = "Yes" }), None);
        await tables.WriteAsync("feedbackDays", EntityWrite.Insert(new Entity(model, "20260101")), None);
        await tables.WriteAsync("rollouts", EntityWrite.Insert(new Entity(model, "d-1~000001") { ["document"] = "{}" }), None);
    }

    private async Task<int> RowsAsync(string table, string partition) => (await World.Platform.Ports.Tables.QueryAsync(table, partition, new(), None)).Entities.Count;
}
