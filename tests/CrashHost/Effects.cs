using MlOps.Domain.Storage;

namespace MlOps.CrashHost;

/// <summary>Side effects that tests count: each attempt leaves a row, the effect itself is there once a key.</summary>
public sealed class Effects(IEntityTable tables)
{
    private const string Attempts = "attempts";
    private const string Done = "effects";

    private int _attempts;

    public async Task DoAsync(string name, string key, CancellationToken cancellationToken)
    {
        var attempt = new Entity("a", $"{Environment.ProcessId}-{Interlocked.Increment(ref _attempts)}-{key}") { ["name"] = name };
        await tables.WriteAsync(Attempts, EntityWrite.Insert(attempt), cancellationToken);
        await tables.TryInsertAsync(Done, new Entity("e", key) { ["name"] = name }, cancellationToken);
    }

    /// <summary>The effects by name and key; a name that is there twice was done twice.</summary>
    public async Task<List<string>> NamesAsync() => await AllAsync(Done, "e");

    public async Task<List<string>> AttemptsAsync() => await AllAsync(Attempts, "a");

    private async Task<List<string>> AllAsync(string table, string partition) =>
        await tables.ScanAsync(table, partition, EntityRange.All, default).Select(e => e.Text("name")!).Order(StringComparer.Ordinal).ToListAsync();
}
