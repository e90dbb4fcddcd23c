using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>Points that are logged to a run which is larger than a row: its document is left, and nobody sees a difference.</summary>
public sealed class LargeRunPointTests : TrackerTest
{
    private static readonly string[] Names = ["auc", "a", "\"metrics\":{}", "\u00fc", "\\"];

    [Fact]
    public async Task LogMetrics_ToALargeRun_WritesTheirTailAlone_AndEverybodySeesThem()
    {
        string experiment = await LargeAsync();
        var tables = new CountedTables(Stores.Tables);
        var writer = new ExperimentTracker(tables, Stores.Blobs, Stores.Time);
        // From its first write on the process knows that the run is large.
        await writer.LogMetricsAsync("r1", [Point("auc", 0.5, 1), Point("z", 1, 1)], None);
        await writer.Search.SearchAsync(new RunQuery([experiment]), None);

        tables.Reset();
        await writer.LogMetricsAsync("r1", [Point("auc", 0.9, 3), Point("new", 7, 1)], None);
        await writer.LogMetricsAsync("r1", [Point("auc", 0.7, 2), Point("\u00fc", 8, 1)], None);
        Assert.InRange(tables.Written, 1, 10_000);
        Assert.InRange(tables.PartsRead, 0, 2);

        foreach (ExperimentTracker tracker in new[] { writer, Tracker, NewTracker() })
            await AssertRunAsync(tracker, experiment);
        // Written as a whole again.
        await writer.SetTagsAsync("r1", Texts(("done", "yes")), None);
        foreach (ExperimentTracker tracker in new[] { writer, Tracker, NewTracker() })
            await AssertRunAsync(tracker, experiment);
    }

    [Fact]
    public async Task LogMetrics_ToALargeRun_MoreThanItsTailTakes_KeepsAll()
    {
        await LargeAsync();
        for (int step = 0; step < 12; step++)
            await Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 300).Select(m => Point($"m{m}", m * step, step))], None);

        Run run = await NewTracker().GetRunAsync("r1", None);

        Assert.All(Enumerable.Range(0, 300), m => Assert.Equal(m * 11, run.Metrics[$"m{m}"]));
        Assert.Equal(Enumerable.Range(0, 12).Select(step => (long)step), (await NewTracker().MetricHistoryAsync("r1", "m299", None)).Select(p => p.Step));
        Assert.Equal(250, run.Params.Count);
    }

    [Fact]
    public async Task Log_ProcessesInTurnsToALargeRun_PointsAndTags_KeepsAll()
    {
        await LargeAsync();
        ExperimentTracker[] processes = [Tracker, NewTracker(), NewTracker()];

        await Task.WhenAll(processes.Select((tracker, w) => Task.Run(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                await tracker.LogMetricsAsync("r1", [Point($"m{w}", i, i)], None);
                if (i % 7 == w)
                    await tracker.SetTagsAsync("r1", Texts(($"t{w}", $"{i}")), None);
                Assert.Equal(i, (await processes[(w + 1) % 3].GetRunAsync("r1", None)).Metrics[$"m{w}"]);
            }
        })));

        Run run = await NewTracker().GetRunAsync("r1", None);
        Assert.Equal((3, 250), (run.Tags.Count(t => t.Key.StartsWith('t')), run.Params.Count));
        for (int w = 0; w < 3; w++)
            Assert.Equal(20, (await NewTracker().MetricHistoryAsync("r1", $"m{w}", None)).Count);
    }

    [Fact]
    public async Task LogMetrics_OfNewNamesToARunThatIsFull_IsRefused_AndTheRunCanBeEnded()
    {
        await StartAsync("r1");
        foreach (int batch in Enumerable.Range(0, 8))
            await Tracker.LogParamsAsync("r1", Enumerable.Range(0, 1_043).ToDictionary(i => $"p{batch}-{i:D4}", _ => new string('x', 8_000)), None);

        await FailsAsync(ErrorKind.TooLarge, "run-too-large", () => Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 1_000).Select(m => Point($"{m} ".PadRight(250, 'm'), 1))], None));
        await Tracker.EndRunAsync("r1", RunStatus.Finished, null, None);

        Assert.Equal(RunStatus.Finished, (await NewTracker().GetRunAsync("r1", None)).Status);
    }

    [Fact]
    public async Task LogMetrics_ToALargeRunThatIsDeleted_IsRefused()
    {
        await LargeAsync();
        await Tracker.LogMetricsAsync("r1", [Point("auc", 0.5, 1)], None);
        await NewTracker().DeleteRunAsync("r1", None);

        await FailsAsync(ErrorKind.Conflict, "run-deleted", () => Tracker.LogMetricsAsync("r1", [Point("auc", 0.9, 2)], None));
        await NewTracker().RestoreRunAsync("r1", None);
        await Tracker.LogMetricsAsync("r1", [Point("auc", 0.7, 3)], None);

        Assert.Equal([1, 3], (await Tracker.MetricHistoryAsync("r1", "auc", None)).Select(p => p.Step));
    }

    [Fact]
    public async Task LogMetrics_ToALargeRunOfAPipeline_IsRefusedToClientsAlone()
    {
        await Tracker.StartRunAsync(new RunStart("r1", "churn", "a run", RunLineage.None with { PipelineRun = "p1" }, RunChanges.NoTexts), None);
        await LargeAsync(isStarted: true);
        await Tracker.LogMetricsAsync("r1", [Point("auc", 0.5, 1)], None);

        await FailsAsync(ErrorKind.Refused, "run-of-pipeline", () => Tracker.LogAsync("r1", new RunChanges { Metrics = [Point("auc", 1, 2)], IsForeign = true }, None));

        Assert.Equal(0.5, (await NewTracker().GetRunAsync("r1", None)).Metrics["auc"]);
    }

    [Fact]
    public void Document_WithPointsThatCameLater_IsAsItWouldBeWritten() => Prop.ForAll<(int, double, int)[], (int, double, int)[], string>(IsAsWritten).QuickCheckThrowOnFailure();

    private bool IsAsWritten((int, double, int)[] before, (int, double, int)[] later, string? tag)
    {
        RunDocument Run() => new()
        {
            Id = "r1",
            ExperimentId = "1",
            Name = "\"metrics\":{",
            StartedAt = Stores.Time.GetUtcNow(),
            Params = new(StringComparer.Ordinal) { ["metrics"] = "{}" },
            Tags = new(StringComparer.Ordinal) { ["t"] = new([.. (tag ?? "").Where(c => !char.IsSurrogate(c))]) },
        };
        RunDocument stored = Run(), whole = Run();
        Log(stored, before);
        Log(whole, [.. before, .. later]);
        var tail = new MetricTail();
        foreach ((string name, LatestMetric point) in PointsOf(later))
            tail.Add(name, point);

        return whole.Write().AsSpan().SequenceEqual(LateMetrics.Into(stored.Write(), tail));
    }

    private static void Log(RunDocument run, (int Name, double Value, int Step)[] points)
    {
        foreach ((string name, LatestMetric point) in PointsOf(points))
            run.Metrics.Log(name, point);
    }

    private static IEnumerable<(string, LatestMetric)> PointsOf((int Name, double Value, int Step)[] points) =>
        points.Select(p => (Names[(uint)p.Name % Names.Length], LatestMetric.Of(new MetricPoint("", p.Value, p.Step, DateTimeOffset.UnixEpoch))));

    private async Task<string> LargeAsync(bool isStarted = false)
    {
        if (!isStarted)
            await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Enumerable.Range(0, 250).ToDictionary(i => $"p{i}", i => $"p{i} ".PadRight(6_000, 'x')), None);
        return (await Tracker.GetRunAsync("r1", None)).ExperimentId;
    }

    private static async Task AssertRunAsync(ExperimentTracker tracker, string experiment)
    {
        Run[] all =
        [
            await tracker.GetRunAsync("r1", None),
            Assert.Single(await tracker.ListRunsAsync("churn", None).ToListAsync()),
            Assert.Single((await tracker.PageRunsAsync("churn", 10, null, None)).Runs),
            Assert.Single((await tracker.Search.SearchAsync(new RunQuery([experiment]) { Filter = "metrics.auc > 0.8 AND metrics.new = 7 AND params.p7 LIKE 'p7%'" }, None)).Runs),
        ];
        foreach (Run run in all)
        {
            Assert.Equal(["auc", "new", "z", "\u00fc"], run.LatestMetrics.Select(m => m.Name));
            Assert.Equal([0.9, 7, 1, 8], run.LatestMetrics.Select(m => m.Value));
            Assert.Equal(250, run.Params.Count);
        }

        Assert.Equal([1, 2, 3], (await tracker.MetricHistoryAsync("r1", "auc", None)).Select(p => p.Step));
    }

    /// <summary>Counts what is written, and reads of parts.</summary>
    private sealed class CountedTables(IEntityTable inner) : IEntityTable
    {
        private int _partsRead;
        private long _written;

        public int PartsRead => _partsRead;

        public long Written => _written;

        public void Reset() => (_partsRead, _written) = (0, 0);

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
        {
            if (table == "runsParts")
                Interlocked.Increment(ref _partsRead);
            return inner.FindAsync(table, key, cancellationToken);
        }

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) => inner.QueryAsync(table, partition, range, cancellationToken);

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
        {
            Interlocked.Add(ref _written, writes.Sum(w => (long)EntitySize.Of(w.Entity)));
            return inner.WriteAsync(table, writes, cancellationToken);
        }
    }
}
