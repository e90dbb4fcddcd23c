namespace MlOps.Domain.Storage;

/// <summary>
/// Tables of entities with the semantics of Azure Table Storage: optimistic concurrency by ETag, atomic batches within a
/// partition, rows in ordinal order of their escaped row key. A table comes into being with its first write.
/// Every write is durable once its task completes. Errors are <see cref="MlOpsException"/>:
/// Conflict <c>entity-exists</c> (insert), Conflict <c>entity-changed</c> (ETag differs), NotFound <c>entity-missing</c>
/// (conditional write or merge by ETag of an absent row), TooLarge <c>entity-too-large</c> / <c>batch-too-large</c>, Invalid
/// <c>entity-invalid</c> (table or property name, duplicate key in a batch, mixed partitions).
/// </summary>
public interface IEntityTable
{
    /// <summary>The entity, or null.</summary>
    Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken);

    /// <summary>
    /// One page of a partition in order. Pass <see cref="EntityPage.Continuation"/> back to go on; a scan sees every row that
    /// exists from its start to its end exactly once, whatever is written meanwhile.
    /// </summary>
    Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken);

    /// <summary>
    /// Applies 1 to 100 writes of one partition, at most 4 MiB, all or none, each key once.
    /// </summary>
    /// <returns>The new ETag of each write, in order; an empty string for a delete.</returns>
    Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken);
}

/// <summary>
/// A range of row keys in a partition, and how much of it to return at once.
/// </summary>
/// <param name="Prefix">Only row keys that begin with this text; empty for all.</param>
/// <param name="From">Inclusive lower bound, or null.</param>
/// <param name="To">Exclusive upper bound, or null.</param>
/// <param name="Limit">Rows a page, 1 to 1,000.</param>
/// <param name="Continuation">An opaque token from an earlier page of the same range, or null.</param>
public sealed record EntityRange(
    string Prefix = "",
    string? From = null,
    string? To = null,
    int Limit = EntityLimits.PageRows,
    string? Continuation = null)
{
    public static readonly EntityRange All = new();
}

/// <summary>A page of entities; <paramref name="Continuation"/> is null on the last one.</summary>
public sealed record EntityPage(IReadOnlyList<Entity> Entities, string? Continuation);

public enum EntityOperation
{
    /// <summary>Fails if the row exists.</summary>
    Insert,

    /// <summary>Inserts or replaces the whole row, whatever is there.</summary>
    Upsert,

    /// <summary>Inserts, or sets just the given properties of what is there.</summary>
    UpsertMerge,

    /// <summary>Replaces the whole row if its ETag matches ("*": if it exists).</summary>
    Replace,

    /// <summary>Sets just the given properties if the ETag matches ("*": if it exists).</summary>
    Merge,

    /// <summary>Removes the row if its ETag matches ("*": if it exists).</summary>
    Delete,
}

/// <summary>One write; <paramref name="IfMatch"/> is an ETag or "*", and only for Replace, Merge and Delete.</summary>
public sealed record EntityWrite(EntityOperation Operation, Entity Entity, string? IfMatch = null)
{
    public static EntityWrite Insert(Entity entity) => new(EntityOperation.Insert, entity);

    public static EntityWrite Upsert(Entity entity) => new(EntityOperation.Upsert, entity);

    public static EntityWrite UpsertMerge(Entity entity) => new(EntityOperation.UpsertMerge, entity);

    public static EntityWrite Replace(Entity entity, string ifMatch) => new(EntityOperation.Replace, entity, ifMatch);

    public static EntityWrite Merge(Entity entity, string ifMatch) => new(EntityOperation.Merge, entity, ifMatch);

    public static EntityWrite Delete(EntityKey key, string ifMatch = "*") => new(EntityOperation.Delete, new Entity(key.Partition, key.Row), ifMatch);
}
