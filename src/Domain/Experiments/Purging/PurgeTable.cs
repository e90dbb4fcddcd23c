using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>
/// Table <c>purges</c>, partition <c>p</c>, row run id: runs whose removal was begun. The row is written before anything is removed and
/// deleted after all of it, so that what a crash left of a run, of which no other row may tell any more, is found.
/// </summary>
internal sealed class PurgeTable(IEntityTable tables)
{
    public const string Table = "purges";
    private const string Partition = "p";

    public Task AddAsync(string runId, CancellationToken cancellationToken) =>
        tables.WriteAsync(Table, EntityWrite.Upsert(new Entity(Partition, runId)), cancellationToken);

    public Task RemoveAsync(string runId, CancellationToken cancellationToken) => DeleteAsync(tables, new EntityKey(Partition, runId), cancellationToken);

    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, Partition, EntityRange.All, cancellationToken))
            yield return row.Key.Row;
    }

    /// <summary>Deletes a row of the table, if it is there.</summary>
    internal static async Task DeleteAsync(IEntityTable tables, EntityKey key, CancellationToken cancellationToken)
    {
        try
        {
            await tables.WriteAsync(Table, EntityWrite.Delete(key), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
        }
    }
}
