using Azure;
using Azure.Data.Tables;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Storage;

/// <summary>
/// Entities in Azure Table Storage. Every write, also a single one, is a transaction of the service; a table is made when its first
/// write finds none. Thread-safe; holds no state.
/// </summary>
public sealed class AzureEntityTable(TableServiceClient service) : IEntityTable
{
    internal const string NoTable = "TableNotFound";

    public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EntityChecks.Table(table);
        EntityChecks.Key(key);
        return GuardAsync(
            $"reading {key} of '{table}'",
            async () => await TableRow.FindAsync(service.GetTableClient(table), key, cancellationToken) is { } row ? TableRow.ToEntity(row) : null, cancellationToken);
    }

    public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
    {
        EntityChecks.Query(table, partition, range);
        var query = new TablePage(service.GetTableClient(table), table, partition, range);
        return GuardAsync($"reading rows of '{table}'", () => query.ReadAsync(cancellationToken), cancellationToken);
    }

    public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EntityChecks.Writes(table, writes);
        var batch = new TableBatch(service.GetTableClient(table), writes);
        return GuardAsync($"writing {writes[0].Entity.Key} to '{table}'", () => WriteAsync(batch, table, cancellationToken), cancellationToken);
    }

    private static Task<T> GuardAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken) =>
        StorageFailures.GuardAsync(what, call, cancellationToken);

    private async Task<IReadOnlyList<string>> WriteAsync(TableBatch batch, string table, CancellationToken cancellationToken)
    {
        try
        {
            return await batch.SubmitAsync(cancellationToken);
        }
        catch (RequestFailedException e) when (e.ErrorCode == NoTable)
        {
            await service.GetTableClient(table).CreateIfNotExistsAsync(cancellationToken);
            return await batch.SubmitAsync(cancellationToken);
        }
    }
}
