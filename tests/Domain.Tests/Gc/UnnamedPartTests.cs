using MlOps.Domain.Experiments;
using MlOps.Domain.Gc;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Gc;

/// <summary>What a writer of a large run leaves beside it when it is killed, and what the run itself needs no longer.</summary>
public sealed class UnnamedPartTests : GcWorld
{
    private IEntityTable Tables => World.Platform.Ports.Tables;

    [Fact]
    public async Task Collect_PartsOfAWriterThatWasKilled_GoOnceTheyAreOld()
    {
        Dictionary<string, string> kept = Long("p", 250);
        await RunAsync("large");
        await Tracker.LogParamsAsync("large", kept, None);
        int named = await PartsAsync("large");
        await KilledAsync("large", Long("q", 250));
        int left = await PartsAsync("large") - named;

        GcPage young = await CollectAsync();
        Time.Advance(Month);
        GcPage dry = await CollectAsync(dryRun: true);
        GcPage done = await CollectAsync();
        GcPage again = await CollectAsync();

        Assert.True(left > 0);
        Assert.Empty(young.Items);
        GcItem item = Assert.Single(dry.Items);
        Assert.Equal((GcKind.Files, "runsParts/large", "churn", GcOutcome.Removable, left), (item.Kind, item.Id, item.Experiment, item.Outcome, item.Files));
        Assert.InRange(item.Bytes, 500_000, 3_000_000);
        Assert.Equal(item with { Outcome = GcOutcome.Removed }, Assert.Single(done.Items));
        Assert.Empty(again.Items);
        Assert.Equal(named, await PartsAsync("large"));
        Assert.Equal(kept, (await OtherTracker().GetRunAsync("large", None)).Params);
    }

    [Fact]
    public async Task Collect_PartsThatTheRunHasReplaced_GoToo_AndItsWritersGoOn()
    {
        await RunAsync("large");
        await Tracker.LogParamsAsync("large", Long("p", 250), None);
        await Tracker.SetTagsAsync("large", Long("t", 100), None);
        await Tracker.SetTagsAsync("large", Long("t", 100, 'y'), None);
        int before = await PartsAsync("large");
        Time.Advance(Month);

        GcItem item = Assert.Single((await CollectAsync()).Items);
        await Tracker.SetTagsAsync("large", Long("t", 50, 'z'), None);
        await OtherTracker().SetTagsAsync("large", Long("u", 50, 'z'), None);

        Assert.InRange(item.Files, 1, before - 1);
        Run run = await OtherTracker().GetRunAsync("large", None);
        Assert.Equal((250, 150), (run.Params.Count, run.Tags.Count));
        Assert.Equal(Long("t", 50, 'z')["t7"], run.Tags["t7"]);
    }

    [Fact]
    public async Task Collect_NamedRunsOnly_LooksAtNoParts()
    {
        await RunAsync("large");
        await Tracker.LogParamsAsync("large", Long("p", 250), None);
        await KilledAsync("large", Long("q", 250));
        await RunAsync("other");
        await Tracker.DeleteRunAsync("other", None);
        Time.Advance(Month);

        Assert.Equal([(GcOutcome.Removed, "other")], Told(await CollectAsync(new GcRequest { RunIds = ["other"] })));
    }

    [Fact]
    public async Task Remove_PartThatWasWrittenAgainSinceItWasFound_StaysThere()
    {
        var parts = new DocumentParts(Tables, "runs");
        Run run = await RunAsync("large");
        string row = (await Tables.QueryAsync("runs", run.ExperimentId, new EntityRange(To: "a"), None)).Entities.Single().Key.Row;
        await parts.WriteAsync("large", [("a", new byte[100]), ("b", new byte[100])], None);
        Time.Advance(Month);
        IReadOnlyList<StoredPart> found = await parts.UnnamedAsync("large", new EntityKey(run.ExperimentId, row), Time.GetUtcNow(), None);

        await parts.WriteAsync("large", [("b", new byte[100])], None);
        await parts.RemoveAsync(found, None);

        Assert.Equal(["a", "b"], found.Select(p => p.Key.Row));
        Assert.Equal("b", Assert.Single((await Tables.QueryAsync("runsParts", "large", new EntityRange(), None)).Entities).Key.Row);
    }

    /// <summary>It writes the parts, and never the row that would name them.</summary>
    private async Task KilledAsync(string runId, Dictionary<string, string> values)
    {
        var killed = new ExperimentTracker(new MeanwhileTable(Tables, "runs", () => throw new IOException("killed")), Blobs, Time);
        await Assert.ThrowsAsync<IOException>(() => killed.LogParamsAsync(runId, values, None));
    }

    private static Dictionary<string, string> Long(string prefix, int count, char fill = 'x') =>
        Enumerable.Range(0, count).ToDictionary(i => $"{prefix}{i}", i => $"{prefix}{i} ".PadRight(6_000, fill));

    private async Task<int> PartsAsync(string run) => await Tables.ScanAsync("runsParts", run, new EntityRange(Limit: 10), None).CountAsync();
}
