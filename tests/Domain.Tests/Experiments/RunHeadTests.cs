using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>What is known of a run by the beginning of its document.</summary>
public sealed class RunHeadTests : TrackerTest
{
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(true, true, true)]
    public void Read_OfEachBeginning_IsWhatTheWholeSays_OrNothing(bool isDeleted, bool isPurged, bool isOfPipeline)
    {
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var run = new RunDocument
        {
            Id = "r1",
            ExperimentId = "1",
            Name = "lineage \"deletedAt\": 1",
            StartedAt = at,
            Reason = "{\"purgedAt\":\"\u00fc\"}",
            User = "ann",
            DeletedAt = isDeleted ? at : null,
            PurgedAt = isPurged ? at : null,
            Lineage = RunLineage.None with { Dataset = "\"pipelineRun\":", DatasetDigest = "}", PipelineRun = isOfPipeline ? "p1" : null, CodeVersion = "{" },
            Tags = new(StringComparer.Ordinal) { ["deletedAt"] = "no" },
        };
        byte[] json = run.Write();

        RunHead?[] heads = [.. Enumerable.Range(1, json.Length).Select(length => RunHead.Read(json.AsSpan(0, length)))];

        Assert.Equal(new RunHead(isDeleted, isPurged, isOfPipeline), heads[^1]);
        Assert.All(heads.SkipWhile(head => head is null), head => Assert.Equal(heads[^1], head));
    }

    [Fact]
    public async Task Walk_OfActiveRuns_ReadsOfALongOneItsBeginning()
    {
        Run run = await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Enumerable.Range(0, 400).ToDictionary(i => $"p{i}", i => $"{i} ".PadRight(6_000, 'x')), None);
        int parts = await Stores.Tables.ScanAsync("runsParts", "r1", EntityRange.All, None).CountAsync();
        var tables = new CountedParts(Stores.Tables);
        var tracker = new ExperimentTracker(tables, Stores.Blobs, TimeProvider.System);
        Experiment experiment = await tracker.GetExperimentAsync(run.Experiment, None);

        WalkedRun active = await tracker.Purge.WalkAsync(experiment, null, None).SingleAsync();
        int read = tables.Read;
        await Tracker.DeleteRunAsync("r1", None);
        WalkedRun deleted = await tracker.Purge.WalkAsync(experiment, null, None).SingleAsync();

        Assert.Equal(("r1", true, null), (active.Id, active.HasParts, active.Deleted));
        Assert.InRange(read, 0, 1);
        Assert.InRange(parts, 3, int.MaxValue);
        Assert.Equal(("r1", false), (deleted.Deleted!.Id, deleted.Deleted.Begun));
    }

    private sealed class CountedParts(IEntityTable inner) : IEntityTable
    {
        private int _read;

        public int Read => _read;

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
        {
            if (table == "runsParts")
                Interlocked.Increment(ref _read);
            return inner.FindAsync(table, key, cancellationToken);
        }

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) => inner.QueryAsync(table, partition, range, cancellationToken);

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) => inner.WriteAsync(table, writes, cancellationToken);
    }
}
