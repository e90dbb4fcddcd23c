using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MlOps.Embedded.Storage;

/// <summary>
/// A prepared statement without ADO.NET around it: parameters are set by place from bytes and columns read in place. On the
/// writer's path this is most of the time of a row. Used by one thread at a time.
/// </summary>
internal sealed class SqliteStatement(SqliteConnection connection, string sql) : IDisposable
{
    private readonly sqlite3 _database = connection.Handle!;
    private readonly sqlite3_stmt _statement = Prepare(connection.Handle!, sql);

    /// <summary>Rows that the last run inserted, updated or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_database);

    public SqliteStatement Text(int place, ReadOnlySpan<byte> utf8)
    {
        // An empty span has no address, and SQLite takes no address for NULL.
        Check(utf8.IsEmpty ? raw.sqlite3_bind_text(_statement, place, "") : raw.sqlite3_bind_text(_statement, place, utf8));
        return this;
    }

    public SqliteStatement Int(int place, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, place, value));
        return this;
    }

    /// <param name="place">From 1.</param>
    /// <param name="value">Not empty.</param>
    public SqliteStatement Blob(int place, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, place, value));
        return this;
    }

    /// <summary>True on a row, whose columns may then be read; false at the end.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_step(_statement);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            Fail(code);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Runs a statement that has no rows, and makes it ready for the next time.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public long Int(int column) => raw.sqlite3_column_int64(_statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>Ends the run; the read transaction of a query ends here.</summary>
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public void Dispose() => _statement.Dispose();

    private static sqlite3_stmt Prepare(sqlite3 database, string sql)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt statement), database);
        return statement;
    }

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);

    private void Fail(int code)
    {
        try
        {
            Check(code);
        }
        finally
        {
            Reset();
        }
    }
}
