using Microsoft.Data.Sqlite;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>One read connection with its prepared statements.</summary>
internal sealed class EntityReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _scan;

    public EntityReader(SqliteConnection connection)
    {
        _connection = connection;
        _find = connection.CreateCommand();
        _find.CommandText = "SELECT etag, changed, body FROM entities WHERE tbl = $tbl AND pk = $pk AND rk = $rk";
        AddText(_find, "$tbl", "$pk", "$rk");
        _scan = connection.CreateCommand();
        _scan.CommandText = """
            SELECT etag, changed, body, rk FROM entities
            WHERE tbl = $tbl AND pk = $pk AND rk >= $from AND rk < $to ORDER BY rk LIMIT $limit
            """;
        AddText(_scan, "$tbl", "$pk", "$from", "$to");
        _scan.Parameters.Add("$limit", SqliteType.Integer);
    }

    public Entity? Find(string table, EntityKey key)
    {
        Bind(_find, table, KeyEscape.Escape(key.Partition), KeyEscape.Escape(key.Row));
        using SqliteDataReader row = _find.ExecuteReader();
        return row.Read() ? Decode(row, key) : null;
    }

    public EntityPage Query(string table, string partition, EntityRange range)
    {
        RowRange rows = RowRange.Of(table, partition, range);
        // The least text behind a row key is that key and a NUL; escaped keys hold neither NUL nor DEL.
        string from = rows.FromExclusive ? rows.From + '\0' : rows.From;
        Bind(_scan, table, KeyEscape.Escape(partition), from, rows.To ?? "\x7f");
        _scan.Parameters[4].Value = range.Limit + 1;
        var entities = new List<Entity>();
        using SqliteDataReader row = _scan.ExecuteReader();
        while (row.Read())
        {
            if (entities.Count == range.Limit)
                return new(entities, Continuation.Encode(table, partition, range, KeyEscape.Escape(entities[^1].Key.Row)));
            entities.Add(Decode(row, new(partition, KeyEscape.Unescape(row.GetString(3)))));
        }

        return new(entities, null);
    }

    public void Dispose()
    {
        _find.Dispose();
        _scan.Dispose();
        _connection.Dispose();
    }

    private static void AddText(SqliteCommand command, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            command.Parameters.Add(name, SqliteType.Text);
    }

    private static void Bind(SqliteCommand command, params ReadOnlySpan<string> values)
    {
        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
    }

    private static Entity Decode(SqliteDataReader row, EntityKey key)
    {
        var entity = new Entity(key.Partition, key.Row)
        {
            ETag = ETagSource.Text(row.GetInt64(0)),
            Timestamp = new DateTimeOffset(row.GetInt64(1), TimeSpan.Zero),
        };
        EntityCodec.DecodeInto(entity, (byte[])row.GetValue(2));
        return entity;
    }
}
