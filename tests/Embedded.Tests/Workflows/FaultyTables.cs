using MlOps.Domain.Storage;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>A store whose writes fail when told so: before they are done, or after (the caller cannot tell).</summary>
internal sealed class FaultyTables(IEntityTable inner) : IEntityTable
{
    private int _writes;

    public int FailAt { get; set; } = -1;

    public bool AfterWriting { get; set; }

    public int Writes => _writes;

    public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

    public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) =>
        inner.QueryAsync(table, partition, range, cancellationToken);

    public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        bool fails = Interlocked.Increment(ref _writes) - 1 == FailAt;
        if (fails && !AfterWriting)
            throw new IOException("the disk is full");
        IReadOnlyList<string> tags = await inner.WriteAsync(table, writes, cancellationToken);
        return fails ? throw new IOException("the disk went away") : tags;
    }
}
