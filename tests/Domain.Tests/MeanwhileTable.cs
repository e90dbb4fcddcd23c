using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests;

/// <summary>Lets another writer, or another process, do its whole work just before the first write to a table.</summary>
internal sealed class MeanwhileTable(IEntityTable inner, string watched, Func<Task> other) : IEntityTable
{
    private Func<Task>? _other = other;

    public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

    public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) => inner.QueryAsync(table, partition, range, cancellationToken);

    public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        if (table == watched && _other is { } first)
        {
            _other = null;
            await first();
        }

        return await inner.WriteAsync(table, writes, cancellationToken);
    }
}
