using MlOps.Domain.Storage;

namespace MlOps.Domain;

/// <summary>
/// Tables of an account that belongs to one engine: the first use claims it, or finds that it is the other one's. A claim that failed
/// (roles that are minutes young) is made again by the next use.
/// </summary>
internal sealed class ClaimedTable(IEntityTable tables, string engine) : IEntityTable
{
    private Task? _claim;

    public async Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
    {
        await ClaimAsync(cancellationToken);
        return await tables.FindAsync(table, key, cancellationToken);
    }

    public async Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
    {
        await ClaimAsync(cancellationToken);
        return await tables.QueryAsync(table, partition, range, cancellationToken);
    }

    public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        await ClaimAsync(cancellationToken);
        return await tables.WriteAsync(table, writes, cancellationToken);
    }

    /// <summary>Who comes first claims for all; two at once do no harm.</summary>
    private Task ClaimAsync(CancellationToken cancellationToken)
    {
        Task? claim = Volatile.Read(ref _claim);
        if (claim is null or { IsCompleted: true, IsCompletedSuccessfully: false })
            Volatile.Write(ref _claim, claim = WorkflowEngine.ClaimAsync(tables, engine, CancellationToken.None));
        return claim.WaitAsync(cancellationToken);
    }
}
