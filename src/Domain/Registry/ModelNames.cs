using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Registry;

/// <summary>
/// Which partition of <c>models</c> has the model of a name. Table <c>modelIndex</c>, partition <c>m</c>, row the name: <c>at</c>, the
/// partition (none: the name itself); or, once the model is deleted or renamed, <c>free</c>; <c>turn</c>, how often that was. Renaming is one batch
/// here, and a partition never gets a second model, so that who still writes to a deleted one does no harm. <c>left</c> says that things
/// which go by the name are still to be removed before it can be taken again, with the rows of partition <c>was</c>; one at a time does it, <c>until</c> then.
/// <c>from</c> is the partition of the model that was renamed: while nobody has begun to remove what it left, it may come back to it.
/// </summary>
internal sealed class ModelNames(IEntityTable tables)
{
    public const string RemovingCode = "model-removing";

    private const string Table = "modelIndex";
    private const string Partition = "m";

    /// <summary>Who removes what is left says within that time that he goes on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Most removals take less.</summary>
    private static readonly TimeSpan RemovalRetry = TimeSpan.FromSeconds(5);

    /// <summary>Null when there is none.</summary>
    public async Task<string?> FindAsync(string name, CancellationToken cancellationToken) =>
        await RowAsync(name, cancellationToken) is { } row ? PartitionOf(row) : null;

    public async IAsyncEnumerable<(string Name, string Partition)> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, Partition, EntityRange.All, cancellationToken))
        {
            if (PartitionOf(row) is { } partition)
                yield return (row.Key.Row, partition);
        }
    }

    /// <summary>Names that models have, and those of which something is still to be removed.</summary>
    public IAsyncEnumerable<string> ListKeptAsync(CancellationToken cancellationToken) =>
        tables.ScanAsync(Table, Partition, EntityRange.All, cancellationToken).Where(row => !IsFree(row) || IsLeft(row)).Select(row => row.Key.Row);

    /// <summary>Names of which something is still to be removed: that were given up before a time, or whose removal was begun, and nobody is at it.</summary>
    public IAsyncEnumerable<string> ListLeftAsync(DateTimeOffset before, DateTimeOffset now, CancellationToken cancellationToken) =>
        tables.ScanAsync(Table, Partition, EntityRange.All, cancellationToken)
            .Where(row => IsLeft(row) && (row.Time("until") is { } until ? until <= now : row.Timestamp <= before)).Select(row => row.Key.Row);

    /// <summary>Whether what happened by the name at a time was of a model that has it no longer, and does not get it back.</summary>
    public async Task<bool> IsFormersAsync(string name, DateTimeOffset at, CancellationToken cancellationToken) =>
        await RowAsync(name, cancellationToken) is { } row && (IsFree(row) ? row.Text("from") is null : Turn(row) > 0 && row.Timestamp >= at);

    /// <summary>The partition of the name, which is given one if it has none; null where something is left of the model before.</summary>
    public async Task<string?> AddAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            Entity? row = await RowAsync(name, cancellationToken);
            if (row is not null && PartitionOf(row) is { } partition)
                return partition;
            if (IsLeft(row))
                return null;
            await TryWriteAsync([Write(Taken(name, row), row)], cancellationToken);
        }
    }

    /// <summary>Begins to remove what is left of a model that had the name; null when nothing is.</summary>
    /// <exception cref="MlOpsException">Unavailable <c>model-removing</c>: somebody else is at it.</exception>
    public async Task<NameRemoval?> TryBeginRemovalAsync(string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await RowAsync(name, cancellationToken) is not { } row || !IsLeft(row))
                return null;
            if (row.Time("until") > now)
                throw Removing(name);
            if (await TryContinueAsync(new NameRemoval(name, row.Text("was"), row.Int("turn") ?? 0, row.ETag!), now, cancellationToken) is { } begun)
                return begun;
        }
    }

    /// <summary>Says that the removal goes on.</summary>
    /// <exception cref="MlOpsException">Unavailable <c>model-removing</c>: it took too long, and somebody else is at it.</exception>
    public async Task<NameRemoval> ContinueRemovalAsync(NameRemoval removal, DateTimeOffset now, CancellationToken cancellationToken) =>
        await TryContinueAsync(removal, now, cancellationToken) ?? throw Removing(removal.Name);

    /// <summary>Nothing is left: the name can be taken again.</summary>
    public Task EndRemovalAsync(NameRemoval removal, CancellationToken cancellationToken) =>
        TryWriteAsync([EntityWrite.Replace(new Entity(Partition, removal.Name) { ["free"] = true, ["turn"] = removal.Turn }, removal.ETag)], cancellationToken);

    private async Task<NameRemoval?> TryContinueAsync(NameRemoval removal, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = new Entity(Partition, removal.Name) { ["free"] = true, ["turn"] = removal.Turn, ["left"] = true, ["was"] = removal.Was, ["until"] = now + Patience };
        try
        {
            return removal with { ETag = await tables.WriteAsync(Table, EntityWrite.Replace(row, removal.ETag), cancellationToken) };
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-missing")
        {
            return null;
        }
    }

    private static MlOpsException Removing(string name) => new(ErrorKind.Unavailable, RemovingCode, $"what is left of the deleted model '{name}' is just being removed: try again in a minute")
    {
        RetryAfter = RemovalRetry,
    };

    /// <summary>Gives the model of a name another one.</summary>
    /// <returns>False when the name has another model, or none, meanwhile, or something is left of a model that had the new one.</returns>
    /// <exception cref="MlOpsException">Conflict <c>model-exists</c>.</exception>
    public async Task<bool> RenameAsync(string name, string newName, string partition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Entity? there = await RowAsync(newName, cancellationToken);
            if (there is not null && !IsFree(there))
                throw Exists(newName);
            if (await RowAsync(name, cancellationToken) is not { } row || PartitionOf(row) != partition)
                return false;
            if (IsLeft(there) && there!.Text("from") != partition)
                return false;
            // What goes by the old name is removed before another model gets it.
            if (await TryWriteAsync([Write(Freed(row, was: null, from: partition), row), Write(At(newName, partition, there), there)], cancellationToken))
                return true;
        }
    }

    /// <summary>Frees the name, unless it has another model meanwhile; what is left is still to be removed.</summary>
    public Task RemoveAsync(string name, string partition, CancellationToken cancellationToken) =>
        tables.UpdateAsync(Table, new EntityKey(Partition, name), row => row is null || PartitionOf(row) != partition ? [] : [Write(Freed(row, was: partition, from: null), row)], cancellationToken);

    private Task<Entity?> RowAsync(string name, CancellationToken cancellationToken) => tables.FindAsync(Table, new EntityKey(Partition, name), cancellationToken);

    private async Task<bool> TryWriteAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(Table, writes, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "entity-changed" or "entity-exists" or "entity-missing")
        {
            return false;
        }
    }

    public static MlOpsException Exists(string name) => MlOpsException.Conflict("model-exists", $"Registered Model (name={name}) already exists.");

    private static EntityWrite Write(Entity next, Entity? before) => before is null ? EntityWrite.Insert(next) : EntityWrite.Replace(next, before.ETag!);

    /// <summary>The first model of a name has the partition of that name, the next ones <c>name@1</c>, ...: no model is called so.</summary>
    private static Entity Taken(string name, Entity? free) => Turn(free) is > 0 and { } turn ? At(name, $"{name}@{turn}", free) : new Entity(Partition, name);

    private static Entity At(string name, string partition, Entity? before) => new(Partition, name) { ["at"] = partition, ["turn"] = Turn(before) };

    private static Entity Freed(Entity row, string? was, string? from) =>
        new(Partition, row.Key.Row) { ["free"] = true, ["turn"] = Turn(row) + 1, ["left"] = true, ["was"] = was, ["from"] = from };

    private static long Turn(Entity? row) => row?.Int("turn") ?? 0;

    private static bool IsFree(Entity row) => row.Flag("free") == true;

    private static bool IsLeft(Entity? row) => row?.Flag("left") == true;

    private static string? PartitionOf(Entity row) => IsFree(row) ? null : row.Text("at") ?? row.Key.Row;
}

/// <summary>The removal of what is left of a model that had a name.</summary>
/// <param name="Was">The partition of its rows; null of one that was renamed.</param>
internal sealed record NameRemoval(string Name, string? Was, long Turn, string ETag);
