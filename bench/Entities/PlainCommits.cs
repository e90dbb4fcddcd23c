using Microsoft.Data.Sqlite;
using MlOps.Domain.Storage;

namespace MlOps.Bench.Entities;

/// <summary>
/// The plain way: the same rows with a column a property, one prepared INSERT and one commit each. Writers may have a connection
/// each, as connection pools give them, and wait for SQLite's lock; or share one behind a lock, which is the best case.
/// </summary>
internal sealed class PlainCommits : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SemaphoreSlim _turn = new(1, 1);

    public PlainCommits(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = """
            PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE IF NOT EXISTS entities (tbl TEXT, pk TEXT, rk TEXT, name TEXT, value REAL, step INTEGER, at INTEGER, PRIMARY KEY (tbl, pk, rk)) WITHOUT ROWID
            """;
        command.ExecuteNonQuery();
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO entities VALUES ('runs', $pk, $rk, $name, $value, $step, $at)";
        foreach (string name in new[] { "$pk", "$rk", "$name", "$value", "$step", "$at" })
            _insert.Parameters.Add(name, SqliteType.Text);
        _insert.Parameters["$value"].SqliteType = SqliteType.Real;
        _insert.Parameters["$step"].SqliteType = SqliteType.Integer;
        _insert.Parameters["$at"].SqliteType = SqliteType.Integer;
    }

    public async Task InsertAsync(Entity row)
    {
        await _turn.WaitAsync();
        try
        {
            object[] values = [row.Key.Partition, row.Key.Row, row.Text("Name")!, row.Real("Value")!, row.Int("Step")!, row.Time("At")!.Value.UtcTicks];
            for (int i = 0; i < values.Length; i++)
                _insert.Parameters[i].Value = values[i];
            await _insert.ExecuteNonQueryAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Dispose();
        _insert.Dispose();
        _connection.Dispose();
    }
}
