using MlOps.Domain.Storage;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>
/// Reads and writes the journal partition of an instance: header, events of the current generation, ids of delivered events.
/// The header goes with each batch, so a journal is always a whole prefix of what happened.
/// </summary>
internal sealed class JournalStore(IEntityTable tables, IJournalObserver? observer)
{
    public const string Table = "workflowJournal";
    private const string EventIdPrefix = "d-";

    // Events of 16 KB messages stay under 4 MiB a batch, and each may bring the row of its event id.
    private const int EventsPerBatch = 45;

    public async Task<InstanceHeader?> FindHeaderAsync(string instanceId, CancellationToken cancellationToken) =>
        await tables.FindAsync(Table, new(instanceId, InstanceHeader.Row), cancellationToken) is { } row ? InstanceHeader.Read(row) : null;

    public async Task<IReadOnlyList<JournalEvent>> ReadEventsAsync(InstanceHeader header, CancellationToken cancellationToken)
    {
        var events = new List<JournalEvent>();
        var range = new EntityRange(JournalCodec.GenerationPrefix(header.Generation));
        await foreach (Entity row in tables.ScanAsync(Table, header.InstanceId, range, cancellationToken))
        {
            if (row.Key.Row != JournalCodec.RowOf(header.Generation, events.Count))
                throw JournalCodec.Corrupt(row, $"stands where event {events.Count} is missing");
            events.Add(JournalCodec.Read(row));
        }

        return events.Count == header.Events
            ? events
            : throw ReplayErrors.Corrupt(header.InstanceId, $"{events.Count} events are there, the header counts {header.Events}");
    }

    /// <summary>Ids of the events delivered to this generation and the one before.</summary>
    public async Task<HashSet<string>> ReadEventIdsAsync(string instanceId, CancellationToken cancellationToken)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await foreach (Entity row in tables.ScanAsync(Table, instanceId, new(EventIdPrefix), cancellationToken))
            ids.Add(row.Key.Row[EventIdPrefix.Length..]);
        return ids;
    }

    public async Task<bool> HasEventIdAsync(string instanceId, string eventId, CancellationToken cancellationToken) =>
        await tables.FindAsync(Table, new(instanceId, EventIdPrefix + eventId), cancellationToken) is not null;

    /// <summary>Inserts header and first event; false if the instance exists.</summary>
    public async Task<bool> CreateAsync(InstanceHeader header, JournalEvent started, CancellationToken cancellationToken)
    {
        EntityWrite[] writes =
        [
            EntityWrite.Insert((header with { Events = 1 }).ToEntity()),
            EntityWrite.Upsert(JournalCodec.Write(header.InstanceId, header.Generation, 0, started)),
        ];
        try
        {
            await WriteAsync(header.InstanceId, 0, "journal", writes, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "entity-exists")
        {
            return false;
        }
    }

    /// <summary>Appends events and moves the header from <paramref name="current"/> to <paramref name="next"/>; returns it as stored.</summary>
    public async Task<InstanceHeader> AppendAsync(InstanceHeader current, IReadOnlyList<JournalEvent> events, InstanceHeader next, CancellationToken cancellationToken)
    {
        int from = 0;
        while (events.Count - from > EventsPerBatch)
        {
            InstanceHeader partly = current with { Events = current.Events + EventsPerBatch, UpdatedAt = next.UpdatedAt };
            current = await AppendBatchAsync(current, events, from, EventsPerBatch, partly, cancellationToken);
            from += EventsPerBatch;
        }

        return await AppendBatchAsync(current, events, from, events.Count - from, next with { Events = current.Events + events.Count - from }, cancellationToken);
    }

    /// <summary>Replaces the history: the new generation's events become visible with the header, then the old ones go.</summary>
    /// <param name="delivered">Ids of events consumed since the last write.</param>
    public async Task<InstanceHeader> NewGenerationAsync(
        InstanceHeader current, IReadOnlyList<JournalEvent> events, IReadOnlyList<string> delivered, InstanceHeader next, CancellationToken cancellationToken)
    {
        HashSet<string> carried = [.. events.Select(e => e.EventId).OfType<string>()];
        EntityWrite[] rows = [.. events.Select((e, i) => EntityWrite.Upsert(JournalCodec.Write(next.InstanceId, next.Generation, i, e)))];
        EntityWrite[] ids = [.. carried.Concat(delivered.Where(id => !carried.Contains(id))).Select(id => EventIdRow(next, id))];
        await WriteAheadAsync(next, rows.SkipLast(EventsPerBatch), cancellationToken);
        next = next with { Events = events.Count };

        // An id may not be there before the event that it stands for is: whoever sends it again would be told that it is known.
        EntityWrite[] last = [EntityWrite.Replace(next.ToEntity(), current.ETag!), .. rows.TakeLast(EventsPerBatch), .. ids.Take(EventsPerBatch)];
        IReadOnlyList<string> tags = await WriteAsync(next.InstanceId, 0, "journal", last, cancellationToken);
        foreach (EntityWrite[] batch in ids.Skip(EventsPerBatch).Chunk(EventsPerBatch))
            await WriteAsync(next.InstanceId, 0, "journal", batch, cancellationToken);
        await RemoveOldGenerationsAsync(next, cancellationToken);
        return next with { ETag = tags[0] };
    }

    /// <summary>Events of a generation that no header shows yet; those of an attempt that a crash cut off go first, it may have had more.</summary>
    private async Task WriteAheadAsync(InstanceHeader next, IEnumerable<EntityWrite> rows, CancellationToken cancellationToken)
    {
        var stale = new List<EntityKey>();
        await foreach (Entity row in tables.ScanAsync(Table, next.InstanceId, new(JournalCodec.GenerationPrefix(next.Generation)), cancellationToken))
            stale.Add(row.Key);
        await DeleteAsync(next.InstanceId, stale, cancellationToken);
        foreach (EntityWrite[] batch in rows.Chunk(EventsPerBatch))
            await WriteAsync(next.InstanceId, 0, "journal", batch, cancellationToken);
    }

    /// <summary>Removes what earlier generations left, also after a crash between new and old.</summary>
    public async Task RemoveOldGenerationsAsync(InstanceHeader header, CancellationToken cancellationToken)
    {
        if (header.Generation == 0)
            return;
        var stale = new List<EntityKey>();
        var old = new EntityRange(From: JournalCodec.EventPrefix, To: JournalCodec.GenerationPrefix(header.Generation));
        await foreach (Entity row in tables.ScanAsync(Table, header.InstanceId, old, cancellationToken))
            stale.Add(row.Key);
        await foreach (Entity row in tables.ScanAsync(Table, header.InstanceId, new(EventIdPrefix), cancellationToken))
        {
            if (row.Int("generation") < header.Generation - 1)
                stale.Add(row.Key);
        }

        await DeleteAsync(header.InstanceId, stale, cancellationToken);
    }

    /// <summary>Removes everything of an instance, the header last so that a crash leaves something to find.</summary>
    public async Task PurgeAsync(string instanceId, CancellationToken cancellationToken)
    {
        var keys = new List<EntityKey>();
        await foreach (Entity row in tables.ScanAsync(Table, instanceId, EntityRange.All, cancellationToken))
            keys.Add(row.Key);
        await DeleteAsync(instanceId, [.. keys.OrderBy(k => k.Row == InstanceHeader.Row)], cancellationToken);
    }

    /// <summary>Every write of the engine goes through here, so that an observer sees them all.</summary>
    public async Task<IReadOnlyList<string>> WriteAsync(
        string instanceId, long sequence, string what, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken, string table = Table)
    {
        var point = new JournalPoint(instanceId, sequence, what);
        observer?.BeforeWrite(point);
        IReadOnlyList<string> tags = await tables.WriteAsync(table, writes, cancellationToken);
        observer?.AfterWrite(point);
        return tags;
    }

    private async Task<InstanceHeader> AppendBatchAsync(
        InstanceHeader current, IReadOnlyList<JournalEvent> events, int from, int count, InstanceHeader next, CancellationToken cancellationToken)
    {
        bool progress = current.State == next.State && current.Reruns == next.Reruns && current.ParentReruns == next.ParentReruns;
        var writes = new List<EntityWrite>(count + 1)
        {
            progress ? EntityWrite.Merge(next.ToProgress(), current.ETag!) : EntityWrite.Replace(next.ToEntity(), current.ETag!),
        };
        for (int i = 0; i < count; i++)
            writes.AddRange(Rows(next, current.Events + i, events[from + i]));
        IReadOnlyList<string> tags = await WriteAsync(next.InstanceId, count == 0 ? -1 : current.Events, "journal", writes, cancellationToken);
        return next with { ETag = tags[0] };
    }

    // Upserts: a batch whose outcome stayed unknown is written again, and its event id may be there from the generation before.
    private static IEnumerable<EntityWrite> Rows(InstanceHeader header, long sequence, JournalEvent e)
    {
        yield return EntityWrite.Upsert(JournalCodec.Write(header.InstanceId, header.Generation, sequence, e));
        if (e.EventId is not null)
            yield return EventIdRow(header, e.EventId);
    }

    private static EntityWrite EventIdRow(InstanceHeader header, string eventId) =>
        EntityWrite.Upsert(new Entity(header.InstanceId, EventIdPrefix + eventId) { ["generation"] = header.Generation });

    private async Task DeleteAsync(string instanceId, IReadOnlyList<EntityKey> keys, CancellationToken cancellationToken)
    {
        foreach (EntityKey[] batch in keys.Chunk(EntityLimits.BatchEntities))
            await WriteAsync(instanceId, -1, "purge", [.. batch.Select(k => EntityWrite.Delete(k))], cancellationToken);
    }
}
