using System.Diagnostics;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Bench.Entities;

/// <summary>
/// How many single-row inserts a second eight writers get from the store, against the same rows on the same disk with one commit
/// each, taken in turns so that a noisy machine disturbs both alike; then point reads and scans of what was written.
/// Arguments: [rows a writer and turn = 2000] [directory = the current one].
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
            await CompareAsync(directory, rows);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task CompareAsync(string directory, int rows)
    {
        await using SqliteEntityTable store = await SqliteEntityTable.OpenAsync(Path.Combine(directory, "store.db"), TimeProvider.System, default);
        using var single = new SingleCommits(Path.Combine(directory, "single.db"));
        var grouped = new List<double>();
        var one = new List<double>();
        for (int turn = 0; turn <= Turns; turn++)
        {
            double withGroups = await RateAsync(rows, (writer, i) => store.WriteAsync("runs", EntityWrite.Insert(Row(turn, writer, i)), default));
            double withSingles = await RateAsync(rows, (writer, i) => single.InsertAsync(Row(turn, writer, i)));
            // The first turn warms both up.
            if (turn > 0)
                (grouped, one) = (Added(grouped, withGroups), Added(one, withSingles));
        }

        Console.WriteLine($"{Writers} writers, {rows:N0} single-row inserts each, median of {Turns} turns, durable when acknowledged (WAL, synchronous FULL)");
        Console.WriteLine();
        Console.WriteLine("| inserts | rows/s | against one commit a row |");
        Console.WriteLine("| --- | ---: | ---: |");
        Print("one commit a row", Median(one), Median(one));
        Print("group commit", Median(grouped), Median(one));
        await PrintBatchesAsync(store, rows, Median(one));
        Console.WriteLine();
        await PrintReadsAsync(store, rows);
    }

    private static async Task PrintBatchesAsync(SqliteEntityTable store, int rows, double one)
    {
        double batches = await RateAsync(
            Math.Max(1, rows / 100),
            (writer, i) => store.WriteAsync("batches", [.. Enumerable.Range(0, 100).Select(r => EntityWrite.Insert(Row(r, writer, i)))], default));
        Print("group commit, batches of 100", batches * 100, one);
    }

    private static async Task PrintReadsAsync(SqliteEntityTable store, int rows)
    {
        Console.WriteLine("| reads | rows/s |");
        Console.WriteLine("| --- | ---: |");
        double points = await RateAsync(rows * 5, async (writer, i) => await store.FindAsync("runs", Row(1, writer, i % rows).Key, default));
        Console.WriteLine($"| point reads, {Writers} readers | {points:N0} |");
        long start = Stopwatch.GetTimestamp();
        int scanned = await store.ScanAsync("runs", "p", EntityRange.All, default).CountAsync();
        Console.WriteLine($"| one scan of {scanned:N0} rows | {scanned / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} |");
    }

    private static void Print(string name, double rate, double one) => Console.WriteLine($"| {name} | {rate:N0} | {rate / one:N1}x |");

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

    private static Entity Row(int turn, int writer, int i) => new("p", $"{turn}-{writer}-{i:D7}")
    {
        ["Name"] = "learning-rate",
        ["Value"] = 0.1 * i,
        ["Step"] = i,
        ["At"] = DateTimeOffset.UnixEpoch.AddSeconds(i),
    };

    private static List<double> Added(List<double> rates, double rate) => [.. rates, rate];

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);
}
