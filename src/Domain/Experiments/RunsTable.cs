using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Table <c>runs</c>: partition experiment id, row <c>[newest first start]-[run id]</c>, so that a page of an experiment is one
/// range, and behind them the rows of <see cref="RunFeed"/>. Table <c>runsParts</c>: what of long runs does not fit into their rows. Table <c>runIndex</c>: partition two digits of the id's hash, row run id,
/// holds that key. The index row is written first, as a claim: it fixes the start time, hence the key, for every repetition of the start.
/// </summary>
internal sealed class RunsTable(IEntityTable tables, TimeProvider time)
{
    private const string Table = "runs";
    private const string Index = "runIndex";

    // Rows of runs begin with a digit; a bound is compared as it is stored, so it must be no sign that gets escaped.
    private const string RunsEnd = "a";
    private const int MaxKnown = 2_000;

    /// <summary>Of runs that are read one by one: a few megabytes.</summary>
    private const int RowsPerPage = 200;

    /// <summary>A page of runs ends early, but not empty, before it takes more: runs may be large.</summary>
    public const int PageBytes = 16 << 20;

    // Before the row that a page goes on from which ended early; a token of the table's has no such sign.
    private const char FromMark = '@';
    private const char FromEnd = '|';
    private static readonly TimeSpan FeedLife = TimeSpan.FromDays(1);

    // Where a run's row is changes only when it is removed for good and its id is taken again.
    private readonly ConcurrentDictionary<string, EntityKey> _known = new(StringComparer.Ordinal);

    /// <summary>What of runs is not in their rows, by run id.</summary>
    public DocumentParts Parts { get; } = new(tables, Table);

    /// <summary>Fixes the key and start time of a run, unless that is done; the run's row is still to be written.</summary>
    /// <returns>Where its row is, the start it has, and whether nobody had claimed it.</returns>
    public async Task<(EntityKey Key, DateTimeOffset Start, bool IsNew)> ClaimAsync(RunDocument run, CancellationToken cancellationToken)
    {
        Entity claim = IndexRow(run);
        while (!await tables.TryInsertAsync(Index, claim, cancellationToken))
        {
            if (await tables.FindAsync(Index, claim.Key, cancellationToken) is { } known)
                return (KeyOf(known), known.Time("start")!.Value, false);
        }

        return (KeyOf(claim), claim.Time("start")!.Value, true);
    }

    /// <summary>Claims a run again whose row is there: whoever is about to drop the claim finds it changed.</summary>
    public Task KeepClaimAsync(RunDocument run, CancellationToken cancellationToken) =>
        tables.WriteAsync(Index, EntityWrite.Upsert(IndexRow(run)), cancellationToken);

    /// <summary>Gives up the claim of a run whose row is gone; who begins a run there meanwhile keeps it.</summary>
    public async Task DropClaimAsync(string runId, CancellationToken cancellationToken)
    {
        Forget(runId);
        Entity? claim = await tables.FindAsync(Index, IndexKey(runId), cancellationToken);
        if (claim is null || await tables.FindAsync(Table, KeyOf(claim), cancellationToken) is not null)
            return;
        try
        {
            await tables.WriteAsync(Index, EntityWrite.Delete(claim.Key, claim.ETag!), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code is "entity-missing" or "entity-changed")
        {
        }
    }

    /// <summary>What is remembered of where a run is; false when nothing is.</summary>
    public bool Forget(string runId) => _known.TryRemove(runId, out _);

    /// <summary>Removes what is left of an experiment without runs: the feeds.</summary>
    /// <exception cref="MlOpsException">Conflict <c>experiment-not-empty</c>.</exception>
    public async Task RemoveFeedsAsync(string experimentId, CancellationToken cancellationToken)
    {
        if ((await tables.QueryAsync(Table, experimentId, new EntityRange(To: RunsEnd, Limit: 1), cancellationToken)).Entities.Count > 0)
            throw MlOpsException.Conflict("experiment-not-empty", $"experiment {experimentId} still has runs");
        List<Entity> feeds = await tables.ScanAsync(Table, experimentId, new EntityRange(RunFeed.Prefix), cancellationToken).ToListAsync(cancellationToken);
        foreach (Entity[] some in feeds.Chunk(EntityLimits.BatchEntities))
            await DropAsync(some, cancellationToken);
    }

    /// <summary>Null when nobody claimed the run.</summary>
    public async ValueTask<EntityKey?> FindKeyAsync(string runId, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(runId, out EntityKey known))
            return known;
        Entity? claim = await tables.FindAsync(Index, IndexKey(runId), cancellationToken);
        if (claim is null)
            return null;
        if (_known.Count >= MaxKnown)
            _known.Clear();
        return _known[runId] = KeyOf(claim);
    }

    public async Task<RunDocument?> FindAsync(string runId, CancellationToken cancellationToken) =>
        await ReadAsync(await FindRowAsync(runId, cancellationToken), cancellationToken);

    public async Task<StoredRun?> FindStoredAsync(EntityKey key, CancellationToken cancellationToken) =>
        await JsonAsync(await tables.FindAsync(Table, key, cancellationToken), cancellationToken) is { } read ? new(key, RunRow.Read(read.Row, read.Document), read.Row.ETag!, 0) : null;

    /// <summary>The points that are in the run's own row, of which nothing else is read: its document may be long, and has histories by the thousand. Null when there is no such run.</summary>
    public async Task<MetricTail?> FindTailAsync(string runId, CancellationToken cancellationToken) => await FindRowAsync(runId, cancellationToken) is { } row ? RunRow.TailOf(row) : null;

    /// <summary>How a run begins, of which no more is read than it takes. Null when there is no such run.</summary>
    public async Task<RunHead?> FindHeadAsync(string runId, CancellationToken cancellationToken) =>
        await FindRowAsync(runId, cancellationToken) is { } row ? await HeadAsync(row, cancellationToken) : null;

    /// <summary>A run as JSON, for who reads it otherwise.</summary>
    public async Task<byte[]?> FindJsonAsync(string runId, CancellationToken cancellationToken) =>
        await JsonAsync(await FindRowAsync(runId, cancellationToken), cancellationToken) is { } read ? RunRow.Json(read.Row, read.Document) : null;

    /// <inheritdoc cref="FindJsonAsync(string, CancellationToken)"/>
    /// <param name="start">Of who knows the run's start, which is in its key.</param>
    public async Task<byte[]?> FindJsonAsync(string experimentId, string runId, DateTimeOffset start, CancellationToken cancellationToken) =>
        await JsonAsync(await tables.FindAsync(Table, KeyOf(experimentId, runId, start), cancellationToken), cancellationToken) is { } read ? RunRow.Json(read.Row, read.Document) : null;

    /// <summary>The row of a run.</summary>
    public Task<Entity?> FindRowAsync(EntityKey key, CancellationToken cancellationToken) => tables.FindAsync(Table, key, cancellationToken);

    /// <inheritdoc cref="DocumentParts.UnnamedAsync"/>
    public Task<IReadOnlyList<StoredPart>> UnnamedPartsAsync(string experimentId, string runRow, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var key = new EntityKey(experimentId, runRow);
        return Parts.UnnamedAsync(IdOf(key), key, before, cancellationToken);
    }

    /// <summary>Writes rows of one experiment, all or none.</summary>
    /// <returns>Their new ETags.</returns>
    public Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) => tables.WriteAsync(Table, writes, cancellationToken);

    /// <param name="from">The row of the run to begin with; null for the newest.</param>
    public async IAsyncEnumerable<RunDocument> ListAsync(string experimentId, string? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, experimentId, new EntityRange(From: from, To: RunsEnd), cancellationToken))
        {
            if (await ReadAsync(row, cancellationToken) is { } run)
                yield return run;
        }
    }

    /// <summary>Where the runs of an experiment are, and which. Of those that are not asked for only the beginning is read: long ones have parts, which take many times as long.</summary>
    /// <param name="from">The row of the run to begin with; null for the newest.</param>
    /// <param name="isAskedFor">Says by a run's beginning whether all of it is.</param>
    public async IAsyncEnumerable<(string Row, string Id, bool HasParts, RunDocument? Run)> WalkAsync(
        string experimentId, string? from, Func<RunHead, bool> isAskedFor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, experimentId, new EntityRange(From: from, To: RunsEnd), cancellationToken))
        {
            if (await HeadAsync(row, cancellationToken) is not { } head)
                continue;
            bool hasParts = !PieceList.Read(row).IsNone;
            if (!isAskedFor(head))
                yield return (row.Key.Row, IdOf(row.Key), hasParts, null);
            else if (await ReadAsync(row, cancellationToken) is { } run)
                yield return (row.Key.Row, IdOf(row.Key), hasParts, run);
        }
    }

    /// <summary>Every run of an experiment as JSON. A page is read while the one before it is used.</summary>
    public async IAsyncEnumerable<byte[]> ListJsonAsync(string experimentId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Task<EntityPage>? next = ReadAsync(null);
        try
        {
            while (next is not null)
            {
                EntityPage page = await next;
                next = page.Continuation is null ? null : ReadAsync(page.Continuation);
                foreach (Entity row in page.Entities)
                {
                    if (await JsonAsync(row, cancellationToken) is { } read)
                        yield return RunRow.Json(read.Row, read.Document);
                }
            }
        }
        finally
        {
            // Whoever stops on the way leaves no read behind that nobody hears of.
            if (next is not null)
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<EntityPage> ReadAsync(string? continuation) =>
            tables.QueryAsync(Table, experimentId, new EntityRange(To: RunsEnd, Limit: RowsPerPage, Continuation: continuation), cancellationToken);
    }

    public async Task<(IReadOnlyList<RunDocument> Runs, string? Continuation)> PageAsync(
        string experimentId, int limit, string? continuation, CancellationToken cancellationToken)
    {
        (string? from, string? token) = PlaceOf(continuation);
        EntityPage page = await tables.QueryAsync(Table, experimentId, new EntityRange(From: from, To: RunsEnd, Limit: limit, Continuation: token), cancellationToken);
        var runs = new List<RunDocument>(page.Entities.Count);
        long bytes = 0;
        foreach (Entity row in page.Entities)
        {
            if (await JsonAsync(row, cancellationToken) is not { } read)
                continue;
            bytes += read.Document.Length;
            if (bytes > PageBytes && runs.Count > 0)
                return (runs, FromMark + row.Key.Row);
            runs.Add(RunRow.Read(read.Row, read.Document));
        }

        return (runs, page.Continuation is null || from is null ? page.Continuation : $"{FromMark}{from}{FromEnd}{page.Continuation}");
    }

    private static (string? From, string? Token) PlaceOf(string? continuation)
    {
        if (continuation is not [FromMark, ..])
            return (null, continuation);
        int end = continuation.IndexOf(FromEnd, StringComparison.Ordinal);
        return end < 0 ? (continuation[1..], null) : (continuation[1..end], continuation[(end + 1)..]);
    }

    /// <summary>What each process changed last in the experiment.</summary>
    public async Task<IReadOnlyList<FeedState>> FeedsAsync(string experimentId, CancellationToken cancellationToken)
    {
        var feeds = new List<FeedState>();
        await foreach (Entity row in tables.ScanAsync(Table, experimentId, new EntityRange(RunFeed.Prefix), cancellationToken))
            feeds.Add(FeedState.Read(row));
        return feeds;
    }

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether feeds that were there at a time may have been dropped since, unread. Half of their life is left for clocks that differ.</summary>
    public bool MayHaveDroppedSince(DateTimeOffset readAt) => Now - readAt > FeedLife / 2;

    /// <summary>A feed for this process. Those of processes that have long been silent go; the last stays, so that no number comes again.</summary>
    public async Task<RunFeed> OpenFeedAsync(string experimentId, CancellationToken cancellationToken)
    {
        while (true)
        {
            List<Entity> rows = await tables.ScanAsync(Table, experimentId, new EntityRange(RunFeed.Prefix), cancellationToken).ToListAsync(cancellationToken);
            long number = rows.Count == 0 ? 1 : RunFeed.NumberOf(rows[^1].Key.Row) + 1;
            var feed = new RunFeed(experimentId, RunFeed.RowOf(number));
            if (!await tables.TryInsertAsync(Table, new Entity(experimentId, feed.Row), cancellationToken))
                continue;
            foreach (Entity[] old in rows.Where(r => r.Timestamp < Now - FeedLife).Chunk(EntityLimits.BatchEntities))
                await DropAsync(old, cancellationToken);
            return feed;
        }
    }

    /// <summary>Null when the run went meanwhile.</summary>
    public async ValueTask<RunHead?> HeadAsync(Entity row, CancellationToken cancellationToken) =>
        await Parts.ReadHeadAsync(row, IdOf(row.Key), cancellationToken) is { } json && RunHead.Read(json.Span) is { } head ? head
        : await ReadAsync(row, cancellationToken) is { } run ? RunHead.Of(run) : null;

    private async ValueTask<RunDocument?> ReadAsync(Entity? row, CancellationToken cancellationToken) =>
        await JsonAsync(row, cancellationToken) is { } read ? RunRow.Read(read.Row, read.Document) : null;

    public static MlOpsException Missing(string runId) =>
        MlOpsException.NotFound("run-missing", $"there is no run '{runId}': list the runs of an experiment to see their ids");

    public static MlOpsException AlreadyElsewhere(string runId, string experimentId) =>
        MlOpsException.Conflict("run-exists", $"run '{runId}' was begun in experiment {experimentId}: take another run id");

    /// <summary>Whoever writes it again meanwhile keeps it.</summary>
    private async Task DropAsync(Entity[] feeds, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(Table, [.. feeds.Select(f => EntityWrite.Delete(f.Key, f.ETag!))], cancellationToken);
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-missing")
        {
        }
    }

    public async Task<Entity?> FindRowAsync(string runId, CancellationToken cancellationToken)
    {
        bool wasKnown = _known.ContainsKey(runId);
        Entity? row = await FindKeyAsync(runId, cancellationToken) is { } key ? await tables.FindAsync(Table, key, cancellationToken) : null;
        return row is null && wasKnown && Forget(runId) ? await FindRowAsync(runId, cancellationToken) : row;
    }

    private ValueTask<(Entity Row, byte[] Document)?> JsonAsync(Entity? row, CancellationToken cancellationToken) =>
        row is null ? default : Parts.ReadAsync(row, IdOf(row.Key), cancellationToken);

    private static Entity IndexRow(RunDocument run) => new(IndexKey(run.Id).Partition, run.Id)
    {
        ["experiment"] = run.ExperimentId,
        ["start"] = run.StartedAt,
    };

    private static EntityKey KeyOf(Entity claim) => KeyOf(claim.Text("experiment")!, claim.Key.Row, claim.Time("start")!.Value);

    private static EntityKey KeyOf(string experimentId, string runId, DateTimeOffset start) => new(experimentId, RowOf(runId, start));

    /// <summary>Where a run stands among those of its experiment.</summary>
    internal static string RowOf(string runId, DateTimeOffset start) => $"{SortKeys.NewestFirst(start)}-{runId}";

    private static string IdOf(EntityKey key) => key.Row[(key.Row.IndexOf('-', StringComparison.Ordinal) + 1)..];

    /// <summary>By hash and not by the id's first letters: ids that are ordered by time would all fall into one partition.</summary>
    private static EntityKey IndexKey(string runId) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(runId)).AsSpan(0, 1)), runId);
}
