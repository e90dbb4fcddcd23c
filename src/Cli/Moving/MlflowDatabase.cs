using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Moving;

/// <summary>
/// MLflow's SQLite file, read only. Each query has a connection of its own and is short, so that a server that writes the file meanwhile is
/// not kept waiting. Versions 2.x and 3.x of the schema differ in columns: what a file has not is read as null.
/// </summary>
internal sealed class MlflowDatabase
{
    private readonly string _connection;
    private readonly Dictionary<string, HashSet<string>> _columns = new(StringComparer.OrdinalIgnoreCase);

    private MlflowDatabase(string connection) => _connection = connection;

    /// <exception cref="MlOpsException">NotFound <c>mlflow-file</c>; Invalid <c>mlflow-file</c>: it is none of MLflow's.</exception>
    public static MlflowDatabase Open(string path)
    {
        if (!File.Exists(path))
            throw MlOpsException.NotFound("mlflow-file", $"there is no file {path}: give the SQLite file of MLflow, mlflow.db by habit");
        SQLitePCL.Batteries_V2.Init();
        string whole = Path.GetFullPath(path);
        var database = new MlflowDatabase(ReadOnly(whole));
        try
        {
            database.ReadColumns();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CANTOPEN)
        {
            // A folder which cannot be written to does not let us open a log beside it: nobody else writes it either. What is only in the log would be missed.
            if (new FileInfo(whole + "-wal") is { Exists: true, Length: > 0 })
                throw MlOpsException.Invalid("mlflow-file", $"{path} has a log beside it, {Path.GetFileName(path)}-wal, with what is not in the file yet, and the folder cannot be written to: copy both to one that can be");
            database = new MlflowDatabase(ReadOnly($"file:{Uri.EscapeDataString(whole)}?immutable=1"));
            database.Guarded(path, database.ReadColumns);
        }
        catch (SqliteException e)
        {
            throw Unreadable(path, e);
        }

        return database._columns.ContainsKey("runs") && database._columns.ContainsKey("experiments") ? database : throw MlOpsException.Invalid(
            "mlflow-file", $"{path} is an SQLite file without MLflow's tables (experiments, runs): give the file of an MLflow server or of sqlite:///...");
    }

    public bool Has(string table) => _columns.ContainsKey(table);

    public bool Has(string table, string column) => _columns.TryGetValue(table, out HashSet<string>? known) && known.Contains(column);

    /// <summary>The column, or where this file has none, null under its name.</summary>
    public string Column(string table, string column) => Has(table, column) ? $"{table}.{column}" : $"NULL AS {column}";

    /// <summary>Keys and values of a table; none where this file has no such table.</summary>
    /// <param name="where">Whose they are, by the parameter <paramref name="owner"/>.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs(string table, (string Name, object Value) owner, string where, string key = "key", string value = "value") => Has(table)
        ? [.. Query($"SELECT {key}, {value} FROM {table} WHERE {where}", r => KeyValuePair.Create(r.GetString(0), r.TextOf(1) ?? ""), owner)]
        : [];

    /// <param name="sql">Made of constants; values are parameters.</param>
    public IEnumerable<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params (string Name, object Value)[] values)
    {
        using var connection = new SqliteConnection(_connection);
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // texts are put together of names in the code, never of values
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach ((string name, object value) in values)
            command.Parameters.AddWithValue(name, value);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            yield return read(reader);
    }

    private static string ReadOnly(string source) =>
        new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 30 }.ConnectionString;

    private void ReadColumns()
    {
        foreach (string table in Query("SELECT name FROM sqlite_master WHERE type = 'table'", r => r.GetString(0)).ToList())
            _columns[table] = [.. Query("SELECT name FROM pragma_table_info($table)", r => r.GetString(0), ("$table", table))];
    }

    private void Guarded(string path, Action read)
    {
        try
        {
            read();
        }
        catch (SqliteException e)
        {
            throw Unreadable(path, e);
        }
    }

    private static MlOpsException Unreadable(string path, SqliteException e) => new(ErrorKind.Invalid, "mlflow-file", $"{path} cannot be read as an SQLite file: {e.Message}", e);
}
