using Microsoft.Data.Sqlite;
using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

/// <summary>What callers are told when the file itself fails, and that the writer outlives it.</summary>
public sealed class SqliteFailureTests
{
    [Fact]
    public async Task Write_TableIsBroken_IsUnavailableUntilMended()
    {
        using var temp = new TempDirectory();
        await using SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(temp["meta.db"], TimeProvider.System, default);
        await InsertAsync(tables, "a");
        Run(temp, "ALTER TABLE entities RENAME TO away");

        Task[] writes = [.. Enumerable.Range(0, 20).Select(i => Refused.AsAsync(ErrorKind.Unavailable, "storage-unavailable", () => InsertAsync(tables, $"b{i}")))];
        await Task.WhenAll(writes);
        await Refused.AsAsync(ErrorKind.Unavailable, "storage-unavailable", () => tables.FindAsync("rows", new("p", "a"), default));

        Run(temp, "ALTER TABLE away RENAME TO entities");
        await InsertAsync(tables, "c");
        Assert.Equal(["a", "c"], await tables.ScanAsync("rows", "p", EntityRange.All, default).Select(row => row.Key.Row).ToListAsync());
    }

    [Fact]
    public async Task Open_FileIsNoDatabase_IsUnavailableAndNamesTheFile()
    {
        using var temp = new TempDirectory();
        await File.WriteAllTextAsync(temp["meta.db"], new string('x', 10_000));

        MlOpsException refused = await Refused.AsAsync(
            ErrorKind.Unavailable, "storage-unavailable", () => SqliteEntityTable.OpenAsync(temp["meta.db"], TimeProvider.System, default));
        Assert.Contains(temp["meta.db"], refused.Message);
    }

    [Fact]
    public async Task Dispose_WithWritesUnderWay_AnswersThemAll()
    {
        using var temp = new TempDirectory();
        SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(temp["meta.db"], TimeProvider.System, default);
        Task<string>[] writes = [.. Enumerable.Range(0, 200).Select(i => InsertAsync(tables, $"{i}"))];
        await tables.DisposeAsync();

        Assert.Equal(200, (await Task.WhenAll(writes)).Distinct().Count());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(tables, "late"));
    }

    private static Task<string> InsertAsync(SqliteEntityTable tables, string row) => tables.WriteAsync("rows", EntityWrite.Insert(new Entity("p", row)), default);

    private static void Run(TempDirectory temp, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={temp["meta.db"]};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
