using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded;

/// <summary>SQLite and files. The caller sees to it that no other process has them open.</summary>
public sealed class LocalStores : IHostStores
{
    private readonly SqliteEntityTable _tables;
    private readonly FileBlobStore _blobs;

    private LocalStores(SqliteEntityTable tables, FileBlobStore blobs) => (_tables, _blobs) = (tables, blobs);

    public IEntityTable Tables => _tables;

    public IBlobStore Blobs => _blobs;

    public CancellationToken Lost => CancellationToken.None;

    /// <param name="database">The SQLite file.</param>
    /// <param name="blobs">The folder of the blobs.</param>
    public static async Task<LocalStores> OpenAsync(string database, string blobs, TimeProvider time, CancellationToken cancellationToken)
    {
        SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(database, time, cancellationToken);
        try
        {
            return new(tables, new FileBlobStore(blobs, time));
        }
        catch
        {
            await tables.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _tables.DisposeAsync();
        _blobs.Dispose();
    }
}
