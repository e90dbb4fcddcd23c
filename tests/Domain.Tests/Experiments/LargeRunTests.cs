using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>A run may be larger than a row of the store: what does not fit is kept beside it, and nobody sees a difference.</summary>
public sealed class LargeRunTests : TrackerTest
{
    [Fact]
    public async Task LogParams_ManyLongValues_AreAllThereForEverybody()
    {
        string experiment = (await StartAsync("r1")).ExperimentId;
        Dictionary<string, string> all = Long("p", 250, 6_000);

        await Tracker.LogParamsAsync("r1", all, None);
        await Tracker.LogMetricsAsync("r1", [Point("auc", 0.9, 1)], None);
        await Tracker.SetTagsAsync("r1", Texts(("team", "crm")), None);
        await Tracker.LogParamsAsync("r1", all, None);

        foreach (ExperimentTracker tracker in new[] { Tracker, NewTracker() })
        {
            AssertRun(await tracker.GetRunAsync("r1", None));
            AssertRun(Assert.Single(await tracker.ListRunsAsync("churn", None).ToListAsync()));
            AssertRun(Assert.Single((await tracker.PageRunsAsync("churn", 10, null, None)).Runs));
            AssertRun(Assert.Single((await tracker.Search.SearchAsync(new RunQuery([experiment]) { Filter = $"params.p7 = '{all["p7"]}' AND metrics.auc > 0.5" }, None)).Runs));
        }

        void AssertRun(Run run)
        {
            Assert.Equal(all, run.Params);
            Assert.Equal((0.9, "crm"), (run.Metrics["auc"], run.Tags["team"]));
        }
    }

    [Fact]
    public async Task LogMetrics_OfThirtyThousandNames_KeepsTheLatestOfEachAndItsHistory()
    {
        await StartAsync("r1");
        foreach (int step in new[] { 1, 2 })
        {
            foreach (int[] some in Enumerable.Range(0, 30_000).Chunk(6_000))
                await Tracker.LogMetricsAsync("r1", [.. some.Select(i => Point($"metric {i}", i * step, step))], None);
        }

        Run run = await NewTracker().GetRunAsync("r1", None);

        Assert.Equal(30_000, run.Metrics.Count);
        Assert.All(Enumerable.Range(0, 30_000), i => Assert.Equal(2 * i, run.Metrics[$"metric {i}"]));
        Assert.Equal([1, 2], (await Tracker.MetricHistoryAsync("r1", "metric 29999", None)).Select(p => p.Step));
    }

    [Fact]
    public async Task Log_ToAnotherRun_WhileALargeOneIsWritten_WaitsForNothing()
    {
        string experiment = (await StartAsync("large")).ExperimentId;
        await StartAsync("small");
        await Tracker.LogParamsAsync("large", Long("p", 250, 6_000), None);
        var table = new HeldParts(Stores.Tables);
        var slow = new ExperimentTracker(table, Stores.Blobs, Stores.Time);
        // From its first write on the process knows that the run is large.
        await slow.SetTagsAsync("large", Texts(("first", "1")), None);
        await slow.Search.SearchAsync(new RunQuery([experiment]), None);

        table.Hold();
        Task writing = slow.LogParamsAsync("large", Long("q", 250, 6_000), None);
        await table.Begun;
        await slow.SetTagsAsync("small", Texts(("second", "2")), None).WaitAsync(Eventually.Patience);
        Assert.False(writing.IsCompleted);
        table.Release();
        await writing;

        foreach (ExperimentTracker tracker in new[] { slow, Tracker, NewTracker() })
        {
            Assert.Equal("small", Assert.Single((await tracker.Search.SearchAsync(new RunQuery([experiment]) { Filter = "tags.second = '2'" }, None)).Runs).Id);
            Assert.Equal(500, Assert.Single((await tracker.Search.SearchAsync(new RunQuery([experiment]) { Filter = "params.q7 LIKE 'q7%' AND tags.first = '1'" }, None)).Runs).Params.Count);
        }
    }

    /// <summary>While it grows a run passes from the lane of small runs to that of large ones.</summary>
    [Fact]
    public async Task Log_WritersOfOneProcessToAGrowingRun_LoseNothing_AndAreFoundAtOnce()
    {
        string experiment = (await StartAsync("r1")).ExperimentId;
        ExperimentTracker other = NewTracker();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (int i = 0; i < 6; i++)
            {
                await Tracker.LogParamsAsync("r1", Long($"w{w} {i} ", 5, 7_000), None);
                foreach (ExperimentTracker tracker in new[] { Tracker, other })
                    Assert.Single((await tracker.Search.SearchAsync(new RunQuery([experiment]) { Filter = $"params.`w{w} {i} 4` LIKE 'w%'", Columns = RunColumns.Parse(["attributes"]) }, None)).Runs);
            }
        })));

        Assert.Equal(240, (await NewTracker().GetRunAsync("r1", None)).Params.Count);
    }

    /// <summary>Who copies a run asks for thousands of histories.</summary>
    [Fact]
    public async Task History_OfALargeRun_IsReadWithoutItsParts()
    {
        await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Long("p", 250, 6_000), None);
        await Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 2_000).Select(step => Point("loss", step, step))], None);
        await Tracker.LogMetricsAsync("r1", [Point("loss", 7, 2_000)], None);
        foreach (Entity part in await Stores.Tables.ScanAsync("runsParts", "r1", new EntityRange(Limit: 10), None).ToListAsync())
            await Stores.Tables.WriteAsync("runsParts", EntityWrite.Delete(part.Key), None);

        Assert.Equal(2_001, (await NewTracker().MetricHistoryAsync("r1", "loss", None)).Count);
        await FailsAsync(ErrorKind.Unavailable, "document-busy", () => NewTracker().GetRunAsync("r1", None));
    }

    [Fact]
    public async Task Log_ProcessesInTurnsToALargeRun_KeepsAll()
    {
        await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Long("p", 250, 6_000), None);
        ExperimentTracker[] processes = [Tracker, NewTracker(), NewTracker()];

        await Task.WhenAll(processes.Select((tracker, w) => Task.Run(async () =>
        {
            for (int i = 0; i < 8; i++)
            {
                await tracker.LogAsync("r1", new RunChanges { Params = Long($"w{w} {i} ", 4, 8_000), Metrics = [Point($"m{w}", i, i)] }, None);
                Assert.True((await tracker.GetRunAsync("r1", None)).Params.Count >= 250);
            }
        })));

        Run run = await NewTracker().GetRunAsync("r1", None);
        Assert.Equal((250 + (3 * 8 * 4), 3), (run.Params.Count, run.Metrics.Count));
        Assert.All(Enumerable.Range(0, 3), w => Assert.Equal(7, run.Metrics[$"m{w}"]));
        Stores.Time.Advance(TimeSpan.FromMinutes(2));
        foreach (ExperimentTracker process in processes)
            await process.LogMetricsAsync("r1", [Point("last", 1)], None);
        foreach (ExperimentTracker process in processes)
            await process.SetTagsAsync("r1", Texts(("done", "yes")), None);
        Entity row = (await Stores.Tables.QueryAsync("runs", run.ExperimentId, new EntityRange(To: "a"), None)).Entities.Single();
        var pieces = PieceList.Read(row);
        // Rows go once their writer is answered: those of the last writes may be about to.
        await Eventually.TrueAsync(async () => await PartsAsync("r1") == pieces.Parts.Count() + pieces.Dropped.Count, "there are the parts that the run names, and no others");
    }

    /// <summary>Others are quicker twice: what the first try wrote beside the run has to go though the second wrote nothing.</summary>
    [Fact]
    public async Task Log_WhereOthersAreQuickerTwice_LeavesNothingOfItsTries()
    {
        string experiment = (await StartAsync("r1")).ExperimentId;
        await Tracker.LogParamsAsync("r1", Long("p", 250, 6_000), None);
        for (int round = 0; round < 8; round++)
        {
            Dictionary<string, string> theirs = Long("theirs", 12, 8_000);
            await Tracker.SetTagsAsync("r1", theirs, None);
            // Without what is theirs there is room in the row for what is ours.
            var table = new QuickerWriters(Stores.Tables, [
                () => Tracker.LogAsync("r1", new RunChanges { Tags = theirs.Keys.ToDictionary(t => t, _ => (string?)null) }, None),
                () => Tracker.SetTagsAsync("r1", Texts(("round", $"{round}")), None)]);
            await new ExperimentTracker(table, Stores.Blobs, Stores.Time).SetTagsAsync("r1", Long($"ours{round} ", 6, 8_000), None);
            Assert.Equal(0, table.Left);
        }

        Assert.Equal(1 + (8 * 6), (await NewTracker().GetRunAsync("r1", None)).Tags.Count);
        var pieces = PieceList.Read((await Stores.Tables.QueryAsync("runs", experiment, new EntityRange(To: "a"), None)).Entities.Single());
        await Eventually.TrueAsync(async () => await PartsAsync("r1") == pieces.Parts.Count() + pieces.Dropped.Count, "there are the parts that the run names, and no others");
    }

    [Fact]
    public async Task DeleteTags_OfALargeRun_IsASmallOneAgainWhoseRowsGo()
    {
        await StartAsync("r1");
        Dictionary<string, string> tags = Long("t", 200, 8_000);
        await Tracker.SetTagsAsync("r1", tags, None);
        Assert.NotEqual(0, await PartsAsync("r1"));

        await Tracker.LogAsync("r1", new RunChanges { Tags = tags.Keys.Skip(1).ToDictionary(t => t, _ => (string?)null) }, None);
        Stores.Time.Advance(TimeSpan.FromMinutes(2));
        // Rows go once their writer is answered, before the next write.
        foreach (int step in new[] { 1, 2 })
            await Tracker.LogMetricsAsync("r1", [Point("m", 1, step)], None);

        Assert.Equal(["t0"], (await NewTracker().GetRunAsync("r1", None)).Tags.Keys);
        Assert.Equal(0, await PartsAsync("r1"));
    }

    [Fact]
    public async Task StartRun_WithMoreTagsThanARowTakes_StartsItOnce()
    {
        var start = new RunStart("r1", "churn", "a run", RunLineage.None, Long("t", 200, 8_000));
        await Task.WhenAll(Tracker.StartRunAsync(start, None), NewTracker().StartRunAsync(start, None), NewTracker().StartRunAsync(start, None));

        Assert.Equal(start.Tags, (await NewTracker().GetRunAsync("r1", None)).Tags);
    }

    [Fact]
    public async Task StartRun_WhereAnotherProcessIsQuickerWithOtherTags_LeavesNothingOfItsOwn()
    {
        Dictionary<string, string> theirs = Long("t", 200, 8_000);
        var slow = new ExperimentTracker(
            new MeanwhileTable(Stores.Tables, "runs", () => NewTracker().StartRunAsync(new RunStart("r1", "churn", "a run", RunLineage.None, theirs), None)), Stores.Blobs, Stores.Time);

        Run run = await slow.StartRunAsync(new RunStart("r1", "churn", "a run", RunLineage.None, Long("u", 200, 8_000)), None);
        await slow.SetTagsAsync("r1", Texts(("t0", theirs["t0"])), None);

        Assert.Equal(theirs, run.Tags);
        Entity row = (await Stores.Tables.QueryAsync("runs", run.ExperimentId, new EntityRange(To: "a"), None)).Entities.Single();
        Assert.Equal(PieceList.Read(row).Parts.Count(), await PartsAsync("r1"));
    }

    [Fact]
    public async Task Page_OfLargeRuns_EndsEarlyAndGoesOnWithTheNext()
    {
        string[] runs = ["r1", "r2", "r3", "r4", "r5"];
        string experiment = "";
        foreach (string run in runs)
        {
            experiment = (await StartAsync(run)).ExperimentId;
            Stores.Time.Advance(TimeSpan.FromSeconds(1));
            if (run != "r3")
                await Tracker.SetTagsAsync(run, Long("t", 1_000, 8_000), None);
        }

        var pages = new List<string>();
        string? token = null;
        do
        {
            RunPage page = await Tracker.PageRunsAsync("churn", 4, token, None);
            pages.Add(string.Join(' ', page.Runs.Select(r => r.Id)));
            token = page.Continuation;
        }
        while (token is not null);
        var found = new List<string>();
        do
        {
            RunPage page = await Tracker.Search.SearchAsync(new RunQuery([experiment]) { Limit = 1_000, Continuation = token }, None);
            found.Add(string.Join(' ', page.Runs.Select(r => r.Id)));
            token = page.Continuation;
        }
        while (token is not null);

        Assert.Equal(["r5 r4 r3", "r2 r1"], found);
        Assert.Equal(["r5 r4 r3", "r2 r1"], pages);
    }

    [Fact]
    public async Task Log_WhatFitsIntoARow_LeavesNothingBesideIt()
    {
        await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Long("p", 110, 8_000), None);

        Assert.Equal(0, await PartsAsync("r1"));
    }

    [Fact]
    public async Task LogParams_PastTheLimitOfARun_IsRefusedAloneAndSaysIt()
    {
        await StartAsync("r1");

        Task small = Tracker.LogParamsAsync("r1", Long("a", 60, 8_000), None);
        Task large = Tracker.LogParamsAsync("r1", Long("b", 8_400, 8_000), None);
        Task other = Tracker.LogParamsAsync("r1", Texts(("c", "1")), None);

        await Task.WhenAll(small, other);
        MlOpsException e = await FailsAsync(ErrorKind.TooLarge, "run-too-large", () => large);
        Assert.Contains("at most 67,108,864 are allowed", e.Message, StringComparison.Ordinal);
        Assert.Equal(61, (await Tracker.GetRunAsync("r1", None)).Params.Count);
    }

    private static Dictionary<string, string> Long(string prefix, int count, int chars) =>
        Enumerable.Range(0, count).ToDictionary(i => $"{prefix}{i}", i => $"{prefix}{i} ".PadRight(chars, 'x'));

    private async Task<int> PartsAsync(string run) => await Stores.Tables.ScanAsync("runsParts", run, new EntityRange(Limit: 10), None).CountAsync();

    /// <summary>Lets each of other writers do its work just before a run is replaced.</summary>
    private sealed class QuickerWriters(IEntityTable inner, IEnumerable<Func<Task>> others) : IEntityTable
    {
        private readonly Queue<Func<Task>> _others = new(others);

        public int Left => _others.Count;

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) => inner.QueryAsync(table, partition, range, cancellationToken);

        public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
        {
            if (table == "runs" && writes.Any(w => w.Operation == EntityOperation.Replace) && _others.TryDequeue(out Func<Task>? other))
                await other();
            return await inner.WriteAsync(table, writes, cancellationToken);
        }
    }

    /// <summary>Writes of parts wait while they are held.</summary>
    private sealed class HeldParts(IEntityTable inner) : IEntityTable
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isHeld;

        public Task Begun => _begun.Task;

        public void Hold() => _isHeld = true;

        public void Release()
        {
            _isHeld = false;
            _released.SetResult();
        }

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) => inner.QueryAsync(table, partition, range, cancellationToken);

        public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
        {
            if (table == "runsParts" && _isHeld)
            {
                _begun.TrySetResult();
                await _released.Task;
            }

            return await inner.WriteAsync(table, writes, cancellationToken);
        }
    }
}
