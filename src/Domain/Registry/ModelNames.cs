using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Registry;

/// <summary>
/// Which partition of <c>models</c> has the model of a name. Table <c>modelIndex</c>, partition <c>m</c>, row the name: <c>at</c>, the
/// partition (none: the name itself); or, once the model is deleted or renamed, <c>free</c>; <c>turn</c>, how often that was. Renaming is one batch
/// here, and a partition never gets a second model, so that who still writes to a deleted one does no harm.
/// </summary>
internal sealed class ModelNames(IEntityTable tables)
{
    private const string Table = "modelIndex";
    private const string Partition = "m";

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

    /// <summary>The partition of the name, which is given one if it has none.</summary>
    public async Task<string> AddAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            Entity? row = await RowAsync(name, cancellationToken);
            if (row is not null && PartitionOf(row) is { } partition)
                return partition;
            await TryWriteAsync([Write(Taken(name, row), row)], cancellationToken);
        }
    }

    /// <summary>Gives the model of a name another one.</summary>
    /// <returns>False when the name has another model, or none, meanwhile.</returns>
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
            if (await TryWriteAsync([Write(Freed(row), row), Write(At(newName, partition, there), there)], cancellationToken))
                return true;
        }
    }

    /// <summary>Frees the name, unless it has another model meanwhile.</summary>
    public Task RemoveAsync(string name, string partition, CancellationToken cancellationToken) =>
        tables.UpdateAsync(Table, new EntityKey(Partition, name), row => row is null || PartitionOf(row) != partition ? [] : [Write(Freed(row), row)], cancellationToken);

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

    private static Entity Freed(Entity row) => new(Partition, row.Key.Row) { ["free"] = true, ["turn"] = Turn(row) + 1 };

    private static long Turn(Entity? row) => row?.Int("turn") ?? 0;

    private static bool IsFree(Entity row) => row.Flag("free") == true;

    private static string? PartitionOf(Entity row) => IsFree(row) ? null : row.Text("at") ?? row.Key.Row;
}
