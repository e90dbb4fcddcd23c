using Microsoft.Data.Sqlite;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>The row statements of the writing connection, prepared once.</summary>
internal sealed class EntityStatements : IDisposable
{
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _remove;

    public EntityStatements(SqliteConnection connection)
    {
        _find = KeyCommand(connection, "SELECT etag, body FROM entities WHERE tbl = $tbl AND pk = $pk AND rk = $rk");
        _put = KeyCommand(connection, "INSERT OR REPLACE INTO entities VALUES ($tbl, $pk, $rk, $etag, $changed, $body)");
        _put.Parameters.Add("$etag", SqliteType.Integer);
        _put.Parameters.Add("$changed", SqliteType.Integer);
        _put.Parameters.Add("$body", SqliteType.Blob);
        _remove = KeyCommand(connection, "DELETE FROM entities WHERE tbl = $tbl AND pk = $pk AND rk = $rk");
    }

    public (long ETag, byte[] Body)? Find(string table, EntityKey key)
    {
        Bind(_find, table, key);
        using SqliteDataReader reader = _find.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), (byte[])reader.GetValue(1)) : null;
    }

    public void Put(string table, EntityKey key, long etag, DateTimeOffset changed, byte[] body)
    {
        Bind(_put, table, key);
        _put.Parameters[3].Value = etag;
        _put.Parameters[4].Value = changed.UtcTicks;
        _put.Parameters[5].Value = body;
        _put.ExecuteNonQuery();
    }

    public void Remove(string table, EntityKey key)
    {
        Bind(_remove, table, key);
        _remove.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _find.Dispose();
        _put.Dispose();
        _remove.Dispose();
    }

    private static SqliteCommand KeyCommand(SqliteConnection connection, string sql)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the texts are the constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.Add("$tbl", SqliteType.Text);
        command.Parameters.Add("$pk", SqliteType.Text);
        command.Parameters.Add("$rk", SqliteType.Text);
        return command;
    }

    private static void Bind(SqliteCommand command, string table, EntityKey key)
    {
        command.Parameters[0].Value = table;
        command.Parameters[1].Value = KeyEscape.Escape(key.Partition);
        command.Parameters[2].Value = KeyEscape.Escape(key.Row);
    }
}
