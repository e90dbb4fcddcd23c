using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.EvaluationDatasets;

/// <summary>A store that breaks off where a test says so, before it writes.</summary>
internal sealed class FailingTable(IEntityTable inner, Func<bool> fails) : IEntityTable
{
    public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

    public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) => inner.QueryAsync(table, partition, range, cancellationToken);

    public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
        fails() ? throw new IOException("broken off") : inner.WriteAsync(table, writes, cancellationToken);
}
