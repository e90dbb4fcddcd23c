using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>The meaning of each operation on one row, inside an open transaction.</summary>
internal sealed class EntityWriter(EntityStatements statements, ETagSource etags, TimeProvider clock)
{
    /// <returns>The new ETag; empty for a delete.</returns>
    public string Apply(string table, EntityWrite write)
    {
        Entity entity = write.Entity;
        switch (write.Operation)
        {
            case EntityOperation.Insert:
                if (statements.Find(table, entity.Key) is not null)
                    throw MlOpsException.Conflict("entity-exists", $"{entity.Key} of '{table}' exists already");
                return Put(table, entity);
            case EntityOperation.Upsert:
                return Put(table, entity);
            case EntityOperation.UpsertMerge:
                return Put(table, Merged(table, statements.Find(table, entity.Key)?.Body, entity));
            case EntityOperation.Replace:
                Matching(table, write);
                return Put(table, entity);
            case EntityOperation.Merge:
                return Put(table, Merged(table, Matching(table, write), entity));
            case EntityOperation.Delete:
                Matching(table, write);
                statements.Remove(table, entity.Key);
                return "";
            default:
                throw new ArgumentOutOfRangeException(nameof(write), write.Operation, "no operation of a table");
        }
    }

    private string Put(string table, Entity entity)
    {
        long etag = etags.Next();
        statements.Put(table, entity.Key, etag, clock.GetUtcNow(), EntityCodec.Encode(entity.Properties));
        return ETagSource.Text(etag);
    }

    /// <summary>The stored body, if the write's condition holds.</summary>
    private byte[] Matching(string table, EntityWrite write)
    {
        (long ETag, byte[] Body)? stored = statements.Find(table, write.Entity.Key);
        if (stored is not { } row)
            throw MlOpsException.NotFound("entity-missing", $"{write.Entity.Key} of '{table}' does not exist");
        if (write.IfMatch != "*" && write.IfMatch != ETagSource.Text(row.ETag))
        {
            throw MlOpsException.Conflict(
                "entity-changed", $"{write.Entity.Key} of '{table}' has the ETag {ETagSource.Text(row.ETag)}, expected {write.IfMatch}: someone changed it meanwhile; read it again and retry");
        }

        return row.Body;
    }

    private static Entity Merged(string table, byte[]? stored, Entity given)
    {
        if (stored is null)
            return given;
        var merged = new Entity(given.Key.Partition, given.Key.Row);
        EntityCodec.DecodeInto(merged, stored);
        foreach ((string name, object value) in given.Properties)
            merged[name] = value;
        EntityChecks.Stored(table, merged);
        return merged;
    }
}
