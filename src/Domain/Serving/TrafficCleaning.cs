using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving;

/// <summary>
/// Keeps the counters' rows few: short stretches are wanted only while they are young, and of hours and days that nobody counts in any
/// more one row is enough, however many processes came and went. Several processes may clean the same rows.
/// </summary>
internal sealed class TrafficCleaning(IEntityTable tables, TimeProvider time)
{
    private static readonly TimeSpan DeleteEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MergeEvery = TimeSpan.FromDays(1);

    /// <summary>Longer than a process keeps counts that it could not write, but for a store that was away for days.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromDays(2);

    private DateTimeOffset _deleted = time.GetUtcNow();
    private DateTimeOffset? _merged;

    /// <summary>Every few minutes the old rows of these partitions go, and once a day they are merged.</summary>
    public async Task CleanAsync(IEnumerable<string> partitions)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _deleted < DeleteEvery)
            return;
        _deleted = now;
        bool merges = _merged is null || now - _merged >= MergeEvery;
        if (merges)
            _merged = now;
        foreach (string partition in partitions)
        {
            foreach (TrafficLevel level in TrafficLevel.All.Where(l => l.Kept < TimeSpan.MaxValue))
                await DeleteAsync(partition, new EntityRange(level.Prefix, To: level.Key((now - level.Kept).ToUnixTimeSeconds())));
            if (merges)
                await MergeAsync(partition, now);
        }
    }

    /// <summary>Merges the rows of stretches that ended days ago.</summary>
    public async Task MergeAsync(string partition, DateTimeOffset now)
    {
        foreach (TrafficLevel level in TrafficLevel.All.Where(l => l.Merged))
        {
            List<Entity> rows = await tables.ScanAsync(
                TrafficTable.Name, partition, new EntityRange(level.Prefix, To: level.Key(level.StartOf((now - Settled).ToUnixTimeSeconds()))), CancellationToken.None).ToListAsync();
            foreach (IGrouping<string, Entity> stretch in rows.GroupBy(TrafficTable.StartOf).Where(s => s.Count() > 1))
                await WriteAsync(Merging(partition, [.. stretch]));
        }
    }

    /// <summary>One stretch's rows as one, as many as a batch takes: all or nothing, and nothing when one of them was written meanwhile.</summary>
    private static EntityWrite[] Merging(string partition, Entity[] rows)
    {
        string start = TrafficTable.StartOf(rows[0]);
        Entity? merged = rows.FirstOrDefault(r => r.Key.Row == $"{start}-{TrafficTable.Merged}");
        Entity[] others = [.. rows.Where(r => r != merged).Take(EntityLimits.BatchEntities - 1)];
        var sum = new TrafficCell();
        foreach (Entity row in merged is null ? others : [merged, .. others])
            sum.Add(TrafficTable.ToCell(row));
        Entity whole = TrafficTable.ToEntity(partition, start, TrafficTable.Merged, sum.Seal());
        return [merged is null ? EntityWrite.Insert(whole) : EntityWrite.Replace(whole, merged.ETag!), .. others.Select(o => EntityWrite.Delete(o.Key, o.ETag!))];
    }

    private async Task DeleteAsync(string partition, EntityRange range)
    {
        List<EntityWrite> deletes = [];
        await foreach (Entity row in tables.ScanAsync(TrafficTable.Name, partition, range, CancellationToken.None))
            deletes.Add(EntityWrite.Delete(row.Key));
        foreach (EntityWrite[] batch in deletes.Chunk(EntityLimits.BatchEntities))
            await WriteAsync(batch);
    }

    private async Task WriteAsync(EntityWrite[] batch)
    {
        try
        {
            await tables.WriteAsync(TrafficTable.Name, batch, CancellationToken.None);
        }
        catch (MlOpsException e) when (e.Code is "entity-missing" or "entity-changed" or "entity-exists")
        {
            // Another process cleans the same rows; what is left is for the next time.
        }
    }
}
