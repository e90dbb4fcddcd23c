using System.Diagnostics;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Bench.Entities;

/// <summary>
/// How many single-row inserts a second eight writers get from the store, against the same rows on the same disk with one commit
/// each: by plain ADO.NET with a connection a writer and with one connection that they share, and by the same store with groups of one.
/// They take turns, so that a noisy machine disturbs all alike.
/// Then batches, point reads and scans. Arguments: [rows a writer and turn = 2000] [directory = the current one].
/// </summary>
internal static class EntityBench
{
    private const int Writers = 8;
    private const int Turns = 5;

    public static async Task RunAsync(string[] args)
    {
        int rows = args.Length > 0 ? int.Parse(args[0]) : 2_000;
        string directory = Path.Combine(args.Length > 1 ? args[1] : ".", "bench-entities-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using var store = new SqliteEntityTable(Path.Combine(directory, "store.db"), TimeProvider.System);
            await CompareAsync(store, directory, rows);
            await PrintBatchesAsync(store, rows);
            await PrintReadsAsync(store, rows);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task CompareAsync(SqliteEntityTable store, string directory, int rows)
    {
        await using var single = new SqliteEntityTable(Path.Combine(directory, "single.db"), TimeProvider.System, groupWrites: 1);
        using var shared = new PlainCommits(Path.Combine(directory, "shared.db"));
        PlainCommits[] own = [.. Enumerable.Range(0, Writers).Select(_ => new PlainCommits(Path.Combine(directory, "own.db")))];
        Console.WriteLine($"{Writers} writers, {rows:N0} single-row inserts each, median of {Turns} turns, durable when acknowledged (WAL, synchronous FULL)");
        Console.WriteLine();
        Console.WriteLine("| keys of the rows | one commit a row, a connection a writer | one commit a row, one connection | one commit a row, this store | group commit | against a connection a writer | against one connection |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach ((string name, Func<int, int, int, EntityKey> key) in Layouts)
        {
            double[] rates = await MediansAsync(
                rows,
                key,
                (writer, row) => own[writer].InsertAsync(row),
                (_, row) => shared.InsertAsync(row),
                (_, row) => single.WriteAsync("runs", EntityWrite.Insert(row), default),
                (_, row) => store.WriteAsync("runs", EntityWrite.Insert(row), default));
            Console.WriteLine(
                $"| {name} | {rates[0]:N0}/s | {rates[1]:N0}/s | {rates[2]:N0}/s | {rates[3]:N0}/s | {rates[3] / rates[0]:N1}x | {rates[3] / rates[1]:N1}x |");
        }

        foreach (PlainCommits connection in own)
            connection.Dispose();
    }

    private static readonly (string Name, Func<int, int, int, EntityKey> Key)[] Layouts =
    [
        ("one partition, in order of time (events, journal, history)", (turn, writer, i) => new("p", $"{turn}-{i:D7}-{writer}")),
        ("a partition a writer (runs)", (turn, writer, i) => new($"p{writer}", $"{turn}-{i:D7}")),
    ];

    private static async Task<double[]> MediansAsync(int rows, Func<int, int, int, EntityKey> key, params Func<int, Entity, Task>[] inserts)
    {
        List<double>[] rates = [.. inserts.Select(_ => new List<double>())];
        for (int turn = 0; turn <= Turns; turn++)
        {
            for (int kind = 0; kind < inserts.Length; kind++)
            {
                double rate = await RateAsync(rows, (writer, i) => inserts[kind](writer, Row(key(turn, writer, i), i)));
                // The first turn warms up.
                if (turn > 0)
                    rates[kind].Add(rate);
            }
        }

        return [.. rates.Select(of => of.Order().ElementAt(of.Count / 2))];
    }

    private static async Task PrintBatchesAsync(SqliteEntityTable store, int rows)
    {
        double batches = await RateAsync(
            Math.Max(1, rows / 100),
            (writer, i) => store.WriteAsync("batches", [.. Enumerable.Range(0, 100).Select(r => EntityWrite.Insert(Row(new($"{writer}-{i}", $"{r}"), i)))], default));
        Console.WriteLine();
        Console.WriteLine("| also | rows/s |");
        Console.WriteLine("| --- | ---: |");
        Console.WriteLine($"| inserts in batches of 100, {Writers} writers | {batches * 100:N0} |");
    }

    private static async Task PrintReadsAsync(SqliteEntityTable store, int rows)
    {
        double points = await RateAsync(rows * 5, async (writer, i) => await store.FindAsync("runs", Layouts[1].Key(1, writer, i % rows), default));
        Console.WriteLine($"| point reads, {Writers} readers | {points:N0} |");
        long start = Stopwatch.GetTimestamp();
        int scanned = await store.ScanAsync("runs", "p", EntityRange.All, default).CountAsync();
        Console.WriteLine($"| one scan of {scanned:N0} rows | {scanned / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} |");
    }

    private static async Task<double> RateAsync(int times, Func<int, int, Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < times; i++)
                await work(writer, i);
        })));
        return Writers * (double)times / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static Entity Row(EntityKey key, int i) => new(key.Partition, key.Row)
    {
        ["Name"] = "learning-rate",
        ["Value"] = 0.1 * i,
        ["Step"] = i,
        ["At"] = DateTimeOffset.UnixEpoch.AddSeconds(i),
    };
}
