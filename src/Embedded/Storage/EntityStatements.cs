using Microsoft.Data.Sqlite;

namespace MlOps.Embedded.Storage;

/// <summary>The row statements of the writing connection.</summary>
internal sealed class EntityStatements(SqliteConnection connection) : IDisposable
{
    private const string Values = "INSERT INTO entities (tbl, pk, rk, etag, changed, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tbl, pk, rk) DO ";

    private readonly SqliteStatement _find = new(connection, "SELECT etag, body FROM entities WHERE tbl = ? AND pk = ? AND rk = ?");
    private readonly SqliteStatement _insert = new(connection, Values + "NOTHING");
    private readonly SqliteStatement _put = new(connection, Values + "UPDATE SET etag = excluded.etag, changed = excluded.changed, body = excluded.body");
    private readonly SqliteStatement _replace = new(connection, "UPDATE entities SET etag = ?4, changed = ?5, body = ?6 WHERE tbl = ?1 AND pk = ?2 AND rk = ?3 AND etag = ?7");
    private readonly SqliteStatement _remove = new(connection, "DELETE FROM entities WHERE tbl = ? AND pk = ? AND rk = ?");

    public (long ETag, byte[] Body)? Find(RowAddress address)
    {
        try
        {
            return address.BindTo(_find).Step() ? (_find.Int(0), _find.Blob(1).ToArray()) : null;
        }
        finally
        {
            _find.Reset();
        }
    }

    /// <returns>False if the row exists.</returns>
    public bool Insert(RowAddress address, long etag, DateTimeOffset changed, byte[] body)
    {
        address.BindTo(_insert).Int(4, etag).Int(5, changed.UtcTicks).Blob(6, body).Run();
        return _insert.Changes == 1;
    }

    public void Put(RowAddress address, long etag, DateTimeOffset changed, byte[] body) =>
        address.BindTo(_put).Int(4, etag).Int(5, changed.UtcTicks).Blob(6, body).Run();

    /// <returns>False if the row is not there, or has another ETag than <paramref name="before"/>.</returns>
    public bool Replace(RowAddress address, long before, long etag, DateTimeOffset changed, byte[] body)
    {
        address.BindTo(_replace).Int(4, etag).Int(5, changed.UtcTicks).Blob(6, body).Int(7, before).Run();
        return _replace.Changes == 1;
    }

    public void Remove(RowAddress address) => address.BindTo(_remove).Run();

    public void Dispose()
    {
        foreach (SqliteStatement statement in new[] { _find, _insert, _put, _replace, _remove })
            statement.Dispose();
    }
}
