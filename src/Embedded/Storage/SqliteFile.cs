using Microsoft.Data.Sqlite;

namespace MlOps.Embedded.Storage;

/// <summary>How the database file is opened and what stands in it.</summary>
internal static class SqliteFile
{
    // Rows are clustered by (table, partition, row): a scan of a partition reads neighbouring pages and there is no second index
    // to write. BINARY compares escaped keys, which are ASCII, in ordinal order.
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS entities (
            tbl TEXT NOT NULL, pk TEXT NOT NULL, rk TEXT NOT NULL, etag INTEGER NOT NULL, changed INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (tbl, pk, rk)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS opened (id INTEGER PRIMARY KEY CHECK (id = 1), times INTEGER NOT NULL);
        INSERT OR IGNORE INTO opened VALUES (1, 0);
        """;

    static SqliteFile()
    {
        SQLitePCL.Batteries_V2.Init();
        SqliteSleep.Install();
    }

    public static SqliteConnection OpenForWriting(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        SqliteConnection? connection = null;
        try
        {
            connection = Open(path, SqliteOpenMode.ReadWriteCreate);
            Run(connection, "PRAGMA journal_mode = WAL");
            Run(connection, "PRAGMA synchronous = FULL");
            // Pages that change often are copied home once for many commits. The log stays near 32 MiB, which a start after a crash reads again in well under a second.
            Run(connection, "PRAGMA wal_autocheckpoint = 8192");
            Run(connection, "PRAGMA journal_size_limit = 67108864");
            Run(connection, Schema);
            return connection;
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            throw new MlOpsException(ErrorKind.Unavailable, "storage-unavailable", $"the entity store '{path}' could not be opened: {e.Message}", e);
        }
    }

    public static SqliteConnection OpenForReading(string path)
    {
        SqliteConnection connection = Open(path, SqliteOpenMode.ReadWrite);
        Run(connection, "PRAGMA query_only = ON");
        return connection;
    }

    /// <summary>How often the file was opened for writing, this time included: the high part of new ETags.</summary>
    public static long CountOpening(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE; UPDATE opened SET times = times + 1; SELECT times FROM opened; COMMIT";
        return (long)command.ExecuteScalar()!;
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var options = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 30 };
        var connection = new SqliteConnection(options.ConnectionString);
        connection.Open();
        Run(connection, "PRAGMA temp_store = MEMORY");
        Run(connection, "PRAGMA busy_timeout = 30000");
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the texts are the constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
