using System.Text;
using Microsoft.Data.Sqlite;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>One read connection with its prepared statements.</summary>
internal sealed class EntityReader(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _find = new(connection, "SELECT etag, changed, body FROM entities WHERE tbl = ? AND pk = ? AND rk = ?");
    private readonly SqliteStatement _scan = new(
        connection, "SELECT etag, changed, body, rk FROM entities WHERE tbl = ? AND pk = ? AND rk >= ? AND rk < ? ORDER BY rk LIMIT ?");

    public Entity? Find(string table, EntityKey key)
    {
        try
        {
            return new RowAddress(table, key).BindTo(_find).Step() ? Decode(_find, key) : null;
        }
        finally
        {
            _find.Reset();
        }
    }

    public EntityPage Query(string table, string partition, EntityRange range)
    {
        try
        {
            Bind(table, partition, RowRange.Of(table, partition, range), range.Limit);
            var entities = new List<Entity>();
            while (_scan.Step())
            {
                if (entities.Count == range.Limit)
                    return new(entities, Continuation.Encode(table, partition, range, KeyEscape.Escape(entities[^1].Key.Row)));
                entities.Add(Decode(_scan, new(partition, KeyEscape.Unescape(_scan.Text(3)))));
            }

            return new(entities, null);
        }
        finally
        {
            _scan.Reset();
        }
    }

    public void Dispose()
    {
        _find.Dispose();
        _scan.Dispose();
        connection.Dispose();
    }

    private void Bind(string table, string partition, RowRange rows, int limit)
    {
        // The least text behind a row key is that key and a NUL; escaped keys hold neither NUL nor DEL.
        string from = rows.FromExclusive ? rows.From + '\0' : rows.From;
        _scan.Text(1, Encoding.ASCII.GetBytes(table)).Text(2, Encoding.ASCII.GetBytes(KeyEscape.Escape(partition)))
            .Text(3, Encoding.ASCII.GetBytes(from)).Text(4, Encoding.ASCII.GetBytes(rows.To ?? "\x7f"))
            .Int(5, limit + 1);
    }

    private static Entity Decode(SqliteStatement row, EntityKey key)
    {
        var entity = new Entity(key.Partition, key.Row)
        {
            ETag = ETagSource.Text(row.Int(0)),
            Timestamp = new DateTimeOffset(row.Int(1), TimeSpan.Zero),
        };
        EntityCodec.DecodeInto(entity, row.Blob(2));
        return entity;
    }
}
