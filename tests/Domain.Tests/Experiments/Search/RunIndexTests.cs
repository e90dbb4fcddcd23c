using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments.Search;

/// <summary>What a process finds is what the store holds, also when nobody told it.</summary>
public sealed class RunIndexTests : TrackerTest
{
    [Fact]
    public async Task Search_WhenAFeedWasDroppedBeforeItWasRead_FindsItsRuns()
    {
        await StartAsync("first");
        Assert.Equal(["first"], await FindAsync(Tracker));
        await StartAsync(NewTracker(), "late");
        Stores.Time.Advance(TimeSpan.FromDays(2));
        await StartAsync(NewTracker(), "later");

        Assert.Equal(["first", "late", "later"], await FindAsync(Tracker));
    }

    [Fact]
    public async Task Search_AfterAWriteThatWasDoneButNotConfirmed_FindsIt()
    {
        var tables = new SilentTable(Stores.Tables);
        var tracker = new ExperimentTracker(tables, Stores.Blobs, Stores.Time);
        await StartAsync(tracker, "first");
        Assert.Equal(["first"], await FindAsync(tracker));

        tables.Confirms = false;
        await FailsAsync(ErrorKind.Unavailable, "store-away", () => StartAsync(tracker, "second"));
        tables.Confirms = true;
        await StartAsync(tracker, "second");

        Assert.Equal(["first", "second"], await FindAsync(tracker));
    }

    private static Task<Run> StartAsync(ExperimentTracker tracker, string runId) =>
        tracker.StartRunAsync(new RunStart(runId, "churn", "a run", RunLineage.None, RunChanges.NoTexts), None);

    private static async Task<IEnumerable<string>> FindAsync(ExperimentTracker tracker)
    {
        string id = (await tracker.GetExperimentAsync("churn", None)).Id;
        return (await tracker.Search.SearchAsync(new RunQuery([id]), None)).Runs.Select(r => r.Id).Order(StringComparer.Ordinal);
    }

    /// <summary>A store whose answers to writes of runs get lost while a test says so.</summary>
    private sealed class SilentTable(IEntityTable inner) : IEntityTable
    {
        public bool Confirms { get; set; } = true;

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

        public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) =>
            inner.QueryAsync(table, partition, range, cancellationToken);

        public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
        {
            IReadOnlyList<string> tags = await inner.WriteAsync(table, writes, cancellationToken);
            return Confirms || table != "runs" ? tags : throw MlOpsException.Unavailable("store-away", "the store is away");
        }
    }
}
