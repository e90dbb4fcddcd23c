using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>A run or experiment that was removed: files that an upload on its way still wrote are known to be its, and nobody else's.</summary>
/// <param name="Row">Kind and id.</param>
/// <param name="Folder">Where it had files in the artifact tree; null when in none of its own.</param>
internal sealed record Tombstone(string Row, string Id, bool IsRun, string? Folder, DateTimeOffset At)
{
    public static Tombstone OfRun(string id, string? folder, DateTimeOffset at) => new("r-" + id, id, true, folder, at);

    public static Tombstone OfExperiment(string id, string? folder, DateTimeOffset at) => new("e-" + id, id, false, folder, at);
}

/// <summary>Table <c>purges</c>, partition <c>t</c>: written before anything of the removed goes, deleted once nothing of it has come up for long.</summary>
internal sealed class TombstoneTable(IEntityTable tables)
{
    private const string Partition = "t";

    public Task AddAsync(Tombstone stone, CancellationToken cancellationToken) => tables.WriteAsync(
        PurgeTable.Table,
        EntityWrite.Upsert(new Entity(Partition, stone.Row) { ["id"] = stone.Id, ["run"] = stone.IsRun, ["folder"] = stone.Folder, ["at"] = stone.At }),
        cancellationToken);

    public Task RemoveAsync(Tombstone stone, CancellationToken cancellationToken) =>
        PurgeTable.DeleteAsync(tables, new EntityKey(Partition, stone.Row), cancellationToken);

    /// <summary>In order of the rows.</summary>
    /// <param name="from">The first row that is wanted; null for all.</param>
    public async IAsyncEnumerable<Tombstone> ListAsync(string? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(PurgeTable.Table, Partition, new EntityRange(From: from), cancellationToken))
            yield return new Tombstone(row.Key.Row, row.Text("id")!, row.Flag("run") == true, row.Text("folder"), row.Time("at")!.Value);
    }
}
