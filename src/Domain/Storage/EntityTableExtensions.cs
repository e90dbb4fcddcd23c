using System.Runtime.CompilerServices;

namespace MlOps.Domain.Storage;

/// <summary>What every slice does with a table, written once on the port.</summary>
public static class EntityTableExtensions
{
    /// <summary>Applies one write and returns the new ETag.</summary>
    public static async Task<string> WriteAsync(this IEntityTable tables, string table, EntityWrite write, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(table, [write], cancellationToken))[0];

    /// <summary>Inserts; false if a row of that key exists already.</summary>
    public static async Task<bool> TryInsertAsync(this IEntityTable tables, string table, Entity entity, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(table, EntityWrite.Insert(entity), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "entity-exists")
        {
            return false;
        }
    }

    /// <summary>Every entity of a range, page by page.</summary>
    public static async IAsyncEnumerable<Entity> ScanAsync(
        this IEntityTable tables, string table, string partition, EntityRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = range.Continuation;
        do
        {
            EntityPage page = await tables.QueryAsync(table, partition, range with { Continuation = continuation }, cancellationToken);
            foreach (Entity entity in page.Entities)
                yield return entity;
            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    /// <summary>Deletes every row of a partition; those that others delete meanwhile are fine.</summary>
    public static async Task RemoveAllAsync(this IEntityTable tables, string table, string partition, CancellationToken cancellationToken)
    {
        List<EntityKey> rows = await tables.ScanAsync(table, partition, EntityRange.All, cancellationToken).Select(row => row.Key).ToListAsync(cancellationToken);
        foreach (EntityKey[] some in rows.Chunk(EntityLimits.BatchEntities))
        {
            try
            {
                await tables.WriteAsync(table, [.. some.Select(key => EntityWrite.Delete(key))], cancellationToken);
            }
            catch (MlOpsException e) when (e.Code == "entity-missing")
            {
                foreach (EntityKey key in some)
                    await tables.RemoveAsync(table, key, cancellationToken);
            }
        }
    }

    /// <summary>Deletes a row; one that is not there is fine.</summary>
    public static async Task RemoveAsync(this IEntityTable tables, string table, EntityKey key, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(table, EntityWrite.Delete(key), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
        }
    }

    /// <summary>
    /// Reads, decides and writes back until nobody interfered: <paramref name="change"/> gets the current entity (or null) and
    /// returns the writes to apply, an empty list to leave all as it is. Retried on a conflict at most <paramref name="attempts"/> times.
    /// </summary>
    public static async Task UpdateAsync(
        this IEntityTable tables, string table, EntityKey key, Func<Entity?, IReadOnlyList<EntityWrite>> change, CancellationToken cancellationToken, int attempts = 8)
    {
        for (int attempt = 1; ; attempt++)
        {
            IReadOnlyList<EntityWrite> writes = change(await tables.FindAsync(table, key, cancellationToken));
            if (writes.Count == 0)
                return;
            try
            {
                await tables.WriteAsync(table, writes, cancellationToken);
                return;
            }
            catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-exists" or "entity-missing" && attempt < attempts)
            {
            }
        }
    }
}
