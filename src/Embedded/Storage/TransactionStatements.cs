using Microsoft.Data.Sqlite;

namespace MlOps.Embedded.Storage;

/// <summary>The frame around rows, prepared once: ADO.NET's transaction would compile each of these texts anew.</summary>
internal sealed class TransactionStatements(SqliteConnection connection) : IDisposable
{
    private readonly SqliteCommand _begin = Command(connection, "BEGIN IMMEDIATE");
    private readonly SqliteCommand _commit = Command(connection, "COMMIT");
    private readonly SqliteCommand _rollback = Command(connection, "ROLLBACK");
    private readonly SqliteCommand _save = Command(connection, "SAVEPOINT batch");
    private readonly SqliteCommand _release = Command(connection, "RELEASE batch");
    private readonly SqliteCommand _undo = Command(connection, "ROLLBACK TO batch");

    public void Begin() => _begin.ExecuteNonQuery();

    public void Commit() => _commit.ExecuteNonQuery();

    /// <summary>After a failure; SQLite may have rolled back by itself.</summary>
    public void Rollback()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
            _rollback.ExecuteNonQuery();
    }

    public void Save() => _save.ExecuteNonQuery();

    public void Release() => _release.ExecuteNonQuery();

    public void Undo()
    {
        _undo.ExecuteNonQuery();
        _release.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in new[] { _begin, _commit, _rollback, _save, _release, _undo })
            command.Dispose();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the texts are the constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
