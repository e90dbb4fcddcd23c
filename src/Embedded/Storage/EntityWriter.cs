using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// The meaning of each operation on one row, inside an open transaction. Of its statements at most one changes anything, so that a
/// refused write has changed nothing.
/// </summary>
internal sealed class EntityWriter(EntityStatements statements, ETagSource etags, TimeProvider clock)
{
    /// <returns>The new ETag; empty for a delete.</returns>
    public string Apply(RowWrite row) => row.Write.Operation switch
    {
        EntityOperation.Insert => Insert(row),
        EntityOperation.Upsert => Put(row, row.Body!),
        EntityOperation.UpsertMerge => Put(row, Merged(row, statements.Find(row.Address)?.Body)),
        EntityOperation.Replace => Replace(row),
        EntityOperation.Merge => Put(row, Merged(row, Matching(row))),
        EntityOperation.Delete => Delete(row),
        _ => throw new ArgumentOutOfRangeException(nameof(row), row.Write.Operation, "no operation of a table"),
    };

    private string Insert(RowWrite row)
    {
        long etag = etags.Next();
        return statements.Insert(row.Address, etag, clock.GetUtcNow(), row.Body!)
            ? ETagSource.Text(etag)
            : throw MlOpsException.Conflict("entity-exists", $"{row.Write.Entity.Key} of '{row.Table}' exists already");
    }

    private string Put(RowWrite row, byte[] body)
    {
        long etag = etags.Next();
        statements.Put(row.Address, etag, clock.GetUtcNow(), body);
        return ETagSource.Text(etag);
    }

    private string Replace(RowWrite row)
    {
        // Most often the row is as it was read: that is tried at once, and what is wrong otherwise is looked for afterwards.
        if (ETagSource.Number(row.Write.IfMatch!) is { } before)
        {
            long etag = etags.Next();
            if (statements.Replace(row.Address, before, etag, clock.GetUtcNow(), row.Body!))
                return ETagSource.Text(etag);
        }

        Matching(row);
        return Put(row, row.Body!);
    }

    private string Delete(RowWrite row)
    {
        Matching(row);
        statements.Remove(row.Address);
        return "";
    }

    /// <summary>The stored body, if the write's condition holds.</summary>
    private byte[] Matching(RowWrite row)
    {
        EntityKey key = row.Write.Entity.Key;
        if (statements.Find(row.Address) is not { } stored)
            throw MlOpsException.NotFound("entity-missing", $"{key} of '{row.Table}' does not exist");
        if (row.Write.IfMatch == "*" || row.Write.IfMatch == ETagSource.Text(stored.ETag))
            return stored.Body;
        throw MlOpsException.Conflict(
            "entity-changed", $"{key} of '{row.Table}' has the ETag {ETagSource.Text(stored.ETag)}, expected {row.Write.IfMatch}: someone changed it meanwhile; read it again and retry");
    }

    private static byte[] Merged(RowWrite row, byte[]? stored)
    {
        Entity given = row.Write.Entity;
        var merged = new Entity(given.Key.Partition, given.Key.Row);
        if (stored is not null)
            EntityCodec.DecodeInto(merged, stored);
        foreach ((string name, object value) in given.Properties)
            merged[name] = value;
        EntityChecks.Stored(row.Table, merged);
        return EntityCodec.Encode(merged.Properties);
    }
}
