using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// Entities in one SQLite file: a single writer with group commit (<see cref="GroupCommit"/>), readers in parallel. One process
/// owns the file. Disposing waits for the writes that were begun.
/// </summary>
public sealed class SqliteEntityTable : IEntityTable, IAsyncDisposable
{
    private readonly GroupCommit _writer;
    private readonly ReaderPool _readers;

    /// <summary>Opens or creates the file; blocks for a few milliseconds (see <see cref="OpenAsync"/>).</summary>
    /// <param name="path">The database file; its directory is created.</param>
    /// <param name="clock">For the rows' time of change.</param>
    /// <param name="groupWrites">Batches that one commit may take, 1 or more; 1 commits each alone.</param>
    /// <exception cref="MlOpsException">Unavailable <c>storage-unavailable</c>: no database, damaged, locked, or no room.</exception>
    public SqliteEntityTable(string path, TimeProvider clock, int groupWrites = 1_024)
    {
        _writer = new GroupCommit(SqliteFile.OpenForWriting(path), clock, groupWrites);
        _readers = new ReaderPool(path);
    }

    public static Task<SqliteEntityTable> OpenAsync(string path, TimeProvider clock, CancellationToken cancellationToken) =>
        Task.Run(() => new SqliteEntityTable(path, clock), cancellationToken);

    public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EntityChecks.Table(table);
        EntityChecks.Key(key);
        // A point read takes microseconds: less than handing it to another thread would.
        return Task.FromResult(_readers.Read(reader => reader.Find(table, key)));
    }

    public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
    {
        EntityChecks.Query(table, partition, range);
        return Task.Run(() => _readers.Read(reader => reader.Query(table, partition, range)), cancellationToken);
    }

    public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EntityChecks.Writes(table, writes);
        return _writer.WriteAsync(table, writes, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.StopAsync();
        _readers.Dispose();
        _writer.Dispose();
    }
}
