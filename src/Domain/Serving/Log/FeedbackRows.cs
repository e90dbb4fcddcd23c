using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>Writes and deletes rows of feedback, so that what is broken off at any point is made whole by doing it again.</summary>
internal sealed class FeedbackRows(IEntityTable tables)
{
    /// <summary>Point reads at a time.</summary>
    private const int Parallel = 16;

    /// <summary>Times that another process may have stored truths of the same rows meanwhile.</summary>
    private const int Attempts = 8;

    /// <summary>Stores truths; of several for one row the last stays, and of those that are known with the same truth nothing changes.</summary>
    /// <returns>How many changed what was known, one after the other.</returns>
    public async Task<int> AddAsync(string model, IReadOnlyCollection<Feedback> items, TimeProvider time, CancellationToken cancellationToken)
    {
        Feedback[][] byRow = [.. items.GroupBy(i => (i.RequestId, i.Row)).Select(row => row.ToArray())];
        var days = new SortedSet<string>(StringComparer.Ordinal);
        int? changes = null;
        for (int attempt = 1; ; attempt++)
        {
            KnownTruth[] known = await KnownAsync(model, byRow, cancellationToken);
            changes ??= known.Sum(k => k.Changes);
            try
            {
                await StoreAsync(model, known, days, time.GetUtcNow(), cancellationToken);
                return changes.Value;
            }
            catch (MlOpsException e) when (e.Code is "entity-exists" or "entity-changed" or "entity-missing" && attempt < Attempts)
            {
            }
        }
    }

    /// <param name="days">Those that this call wrote to before; where a truth lies on a later one it goes from there.</param>
    private async Task StoreAsync(string model, KnownTruth[] known, SortedSet<string> days, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string today = FeedbackTable.DayOf(now);
        string[] before = [.. days];
        KnownTruth[] changed = [.. known.Where(k => !k.IsSame)];
        EntityKey At(KnownTruth k, string day) => new(FeedbackTable.Partition(day, model), FeedbackTable.RowKey(k.Last.RequestId, k.Last.Row));
        // Truth and reward may come of two senders at once, so only what was sent is written over what may be there.
        Entity EntityOf(KnownTruth k, Feedback feedback) => FeedbackTable.ToEntity(At(k, k.DayAfter(today)).Partition, feedback, now);
        await WriteAsync(FeedbackTable.Name, changed.Where(k => k.DayAfter(today) == k.Day).Select(k => EntityWrite.UpsertMerge(EntityOf(k, k.Sent))), cancellationToken);
        await AddOrMergeAsync(changed.Where(k => k.DayAfter(today) != k.Day).Select(k => (EntityOf(k, k.Last), EntityOf(k, k.Sent))), cancellationToken);
        days.UnionWith(changed.Select(k => k.DayAfter(today)));
        foreach (string day in days.Except(before))
            await tables.WriteAsync(FeedbackTable.Days, EntityWrite.Upsert(new Entity(model, day)), cancellationToken);
        await WriteAsync(FeedbackTable.Known, changed.Select(k => k.Write(FeedbackTable.ToKnown(model, k.Last, k.DayAfter(today)))), cancellationToken);
        await DeleteAsync(FeedbackTable.Name, known.SelectMany(k => k.DaysLeft(today, before).Select(day => At(k, day))), cancellationToken);
    }

    /// <summary>Deletes the truths of rows, where there are any.</summary>
    public async Task<int> ForgetAsync(string model, IReadOnlyCollection<(string RequestId, int Row)> rows, CancellationToken cancellationToken)
    {
        (EntityKey Known, EntityKey Truth)[] found = [.. (await ManyAsync(rows, row => LocateAsync(model, row, cancellationToken))).OfType<(EntityKey, EntityKey)>()];
        await DeleteAsync(FeedbackTable.Name, found.Select(f => f.Truth), cancellationToken);
        await DeleteAsync(FeedbackTable.Known, found.Select(f => f.Known), cancellationToken);
        return found.Length;
    }

    /// <summary>Deletes all that was received on a day.</summary>
    public async Task<int> ForgetDayAsync(string model, string day, CancellationToken cancellationToken)
    {
        List<Entity> truths = await tables.ScanAsync(FeedbackTable.Name, FeedbackTable.Partition(day, model), EntityRange.All, cancellationToken).ToListAsync(cancellationToken);
        EntityKey?[] known = await ManyAsync<Entity, EntityKey?>(truths, async truth =>
        {
            (string id, int row) = FeedbackTable.KeyOf(truth);
            EntityKey key = FeedbackTable.KnownKey(model, id, row);
            return (await tables.FindAsync(FeedbackTable.Known, key, cancellationToken))?.Text("day") == day ? key : null;
        });
        await DeleteAsync(FeedbackTable.Known, known.OfType<EntityKey>(), cancellationToken);
        await DeleteAsync(FeedbackTable.Name, truths.Select(t => t.Key), cancellationToken);
        await DeleteAsync(FeedbackTable.Days, [new EntityKey(model, day)], cancellationToken);
        return truths.Count;
    }

    private Task<KnownTruth[]> KnownAsync(string model, IReadOnlyCollection<Feedback[]> byRow, CancellationToken cancellationToken) => ManyAsync(byRow, async items =>
    {
        EntityKey key = FeedbackTable.KnownKey(model, items[0].RequestId, items[0].Row);
        if (await tables.FindAsync(FeedbackTable.Known, key, cancellationToken) is not { } known)
            return new KnownTruth(items, null, null, null);
        string day = known.Text("day")!;
        Entity? truth = await tables.FindAsync(FeedbackTable.Name, new EntityKey(FeedbackTable.Partition(day, model), key.Row), cancellationToken);
        return new KnownTruth(items, day, known.ETag, truth is null ? null : FeedbackTable.FromEntity(truth));
    });

    private async Task<(EntityKey Known, EntityKey Truth)?> LocateAsync(string model, (string RequestId, int Row) row, CancellationToken cancellationToken)
    {
        EntityKey key = FeedbackTable.KnownKey(model, row.RequestId, row.Row);
        return (await tables.FindAsync(FeedbackTable.Known, key, cancellationToken))?.Text("day") is { } day
            ? (key, new EntityKey(FeedbackTable.Partition(day, model), key.Row))
            : null;
    }

    private static async Task<TOut[]> ManyAsync<TIn, TOut>(IReadOnlyCollection<TIn> items, Func<TIn, Task<TOut>> read)
    {
        var found = new List<TOut>(items.Count);
        foreach (TIn[] part in items.Chunk(Parallel))
            found.AddRange(await Task.WhenAll(part.Select(read)));
        return [.. found];
    }

    private async Task WriteAsync(string table, IEnumerable<EntityWrite> writes, CancellationToken cancellationToken)
    {
        foreach (IGrouping<string, EntityWrite> partition in writes.GroupBy(w => w.Entity.Key.Partition))
        {
            foreach (EntityWrite[] batch in partition.Chunk(EntityLimits.BatchEntities))
                await tables.WriteAsync(table, batch, cancellationToken);
        }
    }

    /// <summary>Each row whole; where another process, or a call that broke off, has written it meanwhile, what was sent of it.</summary>
    private async Task AddOrMergeAsync(IEnumerable<(Entity Whole, Entity Sent)> rows, CancellationToken cancellationToken)
    {
        foreach ((Entity Whole, Entity Sent)[] batch in rows.GroupBy(r => r.Whole.Key.Partition).SelectMany(p => p.Chunk(EntityLimits.BatchEntities)))
            await AddOrMergeAsync(batch, cancellationToken);
    }

    private async Task AddOrMergeAsync((Entity Whole, Entity Sent)[] batch, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(FeedbackTable.Name, [.. batch.Select(r => EntityWrite.Insert(r.Whole))], cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-exists")
        {
            if (batch.Length == 1)
                await tables.WriteAsync(FeedbackTable.Name, EntityWrite.UpsertMerge(batch[0].Sent), cancellationToken);
            else
                await AddOrMergeAsync([batch[0]], cancellationToken);
            if (batch.Length > 1)
                await AddOrMergeAsync(batch[1..], cancellationToken);
        }
    }

    private async Task DeleteAsync(string table, IEnumerable<EntityKey> keys, CancellationToken cancellationToken)
    {
        foreach (IGrouping<string, EntityKey> partition in keys.GroupBy(k => k.Partition))
        {
            foreach (EntityKey[] batch in partition.Distinct().Chunk(EntityLimits.BatchEntities))
                await DeleteAsync(table, batch, cancellationToken);
        }
    }

    /// <summary>All at once; if another process has deleted one of them, one by one.</summary>
    private async Task DeleteAsync(string table, EntityKey[] keys, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(table, [.. keys.Select(k => EntityWrite.Delete(k))], cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
            if (keys.Length == 1)
                return;
            foreach (EntityKey key in keys)
                await DeleteAsync(table, [key], cancellationToken);
        }
    }
}
