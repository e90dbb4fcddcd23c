using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MlOps.Embedded.Storage;

/// <summary>The frame around rows.</summary>
internal sealed class TransactionStatements(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _begin = new(connection, "BEGIN IMMEDIATE");
    private readonly SqliteStatement _commit = new(connection, "COMMIT");
    private readonly SqliteStatement _rollback = new(connection, "ROLLBACK");
    private readonly SqliteStatement _save = new(connection, "SAVEPOINT batch");
    private readonly SqliteStatement _release = new(connection, "RELEASE batch");
    private readonly SqliteStatement _undo = new(connection, "ROLLBACK TO batch");

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    /// <summary>After a failure; SQLite may have rolled back by itself.</summary>
    public void Rollback()
    {
        if (raw.sqlite3_get_autocommit(connection.Handle) != 0)
            return;
        try
        {
            _rollback.Run();
        }
        catch (SqliteException)
        {
            // The failure that led here is the one to tell; the next transaction fails in its turn, and its callers are told too.
        }
    }

    public void Save() => _save.Run();

    public void Release() => _release.Run();

    public void Undo()
    {
        _undo.Run();
        _release.Run();
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in new[] { _begin, _commit, _rollback, _save, _release, _undo })
            statement.Dispose();
    }
}
