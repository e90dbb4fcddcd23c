using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.CrashHost;

/// <summary>
/// Writes rows, batches, and blobs for ever, eight writers at once, and says a line for each write that was acknowledged, after it
/// was. Arguments: data directory, round.
/// </summary>
internal static class StorageLoad
{
    private const int Writers = 8;

    public static async Task RunAsync(string[] args)
    {
        await using var tables = await SqliteEntityTable.OpenAsync(Path.Combine(args[0], "meta.db"), TimeProvider.System, default);
        using var blobs = new FileBlobStore(Path.Combine(args[0], "blobs"), TimeProvider.System);
        string round = args[1];
        Say("ready");
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(tables, blobs, $"{round}-{writer}"))));
    }

    private static async Task WriteAsync(SqliteEntityTable tables, FileBlobStore blobs, string writer)
    {
        for (int i = 0; ; i++)
        {
            await tables.WriteAsync("rows", EntityWrite.Insert(new Entity("p", $"{writer}-{i}") { ["V"] = i }), default);
            Say($"row {writer}-{i}");
            await tables.WriteAsync("pairs", [Pair(writer, "left", i), Pair(writer, "right", i)], default);
            Say($"pair {writer} {i}");
            await blobs.WriteAsync("blobs", $"{writer}/{i % 2}", CrashPattern.Content(i), CrashPattern.Options(i), default);
            Say($"blob {writer}/{i % 2} {i}");
        }
    }

    private static EntityWrite Pair(string writer, string side, int i) => EntityWrite.Upsert(new Entity("p", $"{writer}-{side}") { ["V"] = i });

    // One call, one write: a line is whole or missing.
    private static void Say(string line)
    {
        lock (Console.Out)
            Console.Out.WriteLine(line);
    }
}
