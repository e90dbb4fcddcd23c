using MlOps.Domain.Storage;

namespace MlOps.Domain;

/// <summary>
/// A storage account belongs to the engine that first ran workflows over it: either would take the other's for abandoned ones.
/// </summary>
public static class WorkflowEngine
{
    public const string Durable = "durable";

    public const string Journaled = "journaled";

    private const string Table = "host";

    private static readonly EntityKey Owner = new("workflow-engine", "owner");

    /// <summary>The same tables; their first use claims the account, and all throw while it cannot be claimed.</summary>
    /// <param name="engine"><see cref="Durable"/> or <see cref="Journaled"/>.</param>
    public static IEntityTable Claimed(IEntityTable tables, string engine) => new ClaimedTable(tables, engine);

    /// <param name="engine"><see cref="Durable"/> or <see cref="Journaled"/>.</param>
    /// <exception cref="MlOpsException">Conflict <c>storage-engine</c>: the account belongs to the other one.</exception>
    public static async Task ClaimAsync(IEntityTable tables, string engine, CancellationToken cancellationToken)
    {
        if (await tables.TryInsertAsync(Table, new Entity(Owner.Partition, Owner.Row) { ["Engine"] = engine }, cancellationToken))
            return;
        string? owner = (await tables.FindAsync(Table, Owner, cancellationToken))?.Text("Engine");
        if (owner != engine)
        {
            throw MlOpsException.Conflict(
                "storage-engine",
                $"the workflows of this storage account belong to the {owner} engine, so the {engine} one must not run over it; give it an account of its own");
        }
    }
}
