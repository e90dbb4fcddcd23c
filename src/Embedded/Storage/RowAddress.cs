using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>The primary key of a row as bytes to bind: table, partition and row key, escaped.</summary>
internal sealed class RowAddress(string table, EntityKey key)
{
    private readonly byte[] _table = Encoding.ASCII.GetBytes(table);
    private readonly byte[] _partition = Encoding.ASCII.GetBytes(KeyEscape.Escape(key.Partition));
    private readonly byte[] _row = Encoding.ASCII.GetBytes(KeyEscape.Escape(key.Row));

    /// <summary>Sets the first three parameters.</summary>
    public SqliteStatement BindTo(SqliteStatement statement) => statement.Text(1, _table).Text(2, _partition).Text(3, _row);
}
