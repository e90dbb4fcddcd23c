using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>Writes and deletes rows of feedback, so that what is broken off at any point is made whole by doing it again.</summary>
internal sealed class FeedbackRows(IEntityTable tables)
{
    /// <summary>Point reads at a time.</summary>
    private const int Parallel = 16;

    /// <summary>Stores truths, each row once; of those that are known with the same truth nothing changes.</summary>
    /// <returns>How many were stored.</returns>
    public async Task<int> AddAsync(string model, IReadOnlyCollection<Feedback> items, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string today = FeedbackTable.DayOf(now);
        (Feedback Item, string? Day, bool Same)[] known = await KnownAsync(model, items, cancellationToken);
        (Feedback Item, string? Day, bool Same)[] changed = [.. known.Where(k => !k.Same)];
        if (changed.Length == 0)
            return 0;
        await WriteAsync(FeedbackTable.Name, changed.Select(c => EntityWrite.Upsert(FeedbackTable.ToEntity(FeedbackTable.Partition(today, model), c.Item, now))), cancellationToken);
        await tables.WriteAsync(FeedbackTable.Days, EntityWrite.Upsert(new Entity(model, today)), cancellationToken);
        await WriteAsync(FeedbackTable.Known, changed.Select(c => EntityWrite.Upsert(FeedbackTable.ToKnown(model, c.Item, today))), cancellationToken);
        await DeleteAsync(
            FeedbackTable.Name,
            changed.Where(c => c.Day is not null && c.Day != today).Select(c => new EntityKey(FeedbackTable.Partition(c.Day!, model), FeedbackTable.RowKey(c.Item.RequestId, c.Item.Row))),
            cancellationToken);
        return changed.Length;
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

    private Task<(Feedback, string?, bool)[]> KnownAsync(string model, IReadOnlyCollection<Feedback> items, CancellationToken cancellationToken) => ManyAsync(items, async item =>
    {
        if (await LocateAsync(model, (item.RequestId, item.Row), cancellationToken) is not { } at)
            return (item, (string?)null, false);
        Entity? truth = await tables.FindAsync(FeedbackTable.Name, at.Truth, cancellationToken);
        return (item, at.Truth.Partition[..at.Truth.Partition.IndexOf('~')], truth?.Text("truth") == item.Truth);
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
            foreach (EntityKey key in keys.Length == 1 ? [] : keys)
                await DeleteAsync(table, [key], cancellationToken);
        }
    }
}
