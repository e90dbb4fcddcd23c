using System.Diagnostics;
using MlOps.Learning.Tables;

namespace MlOps.Bench.Csv;

/// <summary>
/// <c>csv [megabytes]</c>: seconds to read the sample files, and diamonds repeated to the given size (default 200 MB), into a typed
/// table; ours against CsvHelper and pandas. The best of several runs counts; every reader starts from a file in the page cache.
/// </summary>
internal static class CsvBench
{
    private const int SmallRuns = 15;
    private const int LargeRuns = 3;

    public static async Task RunAsync(string[] arguments)
    {
        int megabytes = arguments.Length > 0 ? int.Parse(arguments[0]) : 200;
        string root = Root();
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("mlops-bench-");
        try
        {
            Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, CsvHelper {typeof(CsvHelper.CsvReader).Assembly.GetName().Version}");
            Console.WriteLine();
            Console.WriteLine("| file | MB | rows x columns | reader | seconds | MB/s | ours is faster by |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            foreach (CsvFileSample file in CsvFileSample.All(Path.Combine(root, "samples", "data"), scratch.FullName, megabytes))
                await CompareAsync(file, Path.Combine(root, "bench", "peers", "csv_pandas.py"));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static async Task CompareAsync(CsvFileSample file, string script)
    {
        int runs = file.Megabytes > 20 ? LargeRuns : SmallRuns;
        Table table = await ReadAsync(file, 0);
        TableSchema schema = table.Schema;
        ThrowIfDifferent(table, CsvHelperReader.Read(file.Path, schema), file);
        double ours = await BestAsync(runs, () => ReadAsync(file, 0));
        Print(file, table, "MlOps", ours, ours);
        Print(file, table, "MlOps, 1 thread", await BestAsync(runs, () => ReadAsync(file, 1)), ours);
        Print(file, table, "CsvHelper", await BestAsync(runs, () => Task.FromResult(CsvHelperReader.Read(file.Path, schema))), ours);
        if (PandasReader.Seconds(script, file, schema, table.RowCount, runs, out string version) is { } pandas)
            Print(file, table, $"pandas {version}", pandas.Min(), ours);
    }

    private static async Task<Table> ReadAsync(CsvFileSample file, int threads)
    {
        await using FileStream stream = File.OpenRead(file.Path);
        return await CsvReader.ReadAsync(stream, new CsvOptions { Threads = threads }, CancellationToken.None);
    }

    private static async Task<double> BestAsync(int runs, Func<Task<Table>> read)
    {
        double best = double.PositiveInfinity;
        for (int run = 0; run < runs; run++)
        {
            // What the run before left is not this run's to collect.
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            await read();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static void Print(CsvFileSample file, Table table, string reader, double seconds, double ours) => Console.WriteLine(
        $"| {file.Name} | {file.Megabytes:F1} | {table.RowCount:N0} x {table.Columns.Count} | {reader} | {seconds:F4} | {file.Megabytes / seconds:F0} | {(seconds == ours ? "" : $"{seconds / ours:F1}x")} |");

    private static void ThrowIfDifferent(Table ours, Table theirs, CsvFileSample file)
    {
        foreach ((Column our, Column their) in ours.Columns.Zip(theirs.Columns))
        {
            bool same = Enumerable.Range(0, ours.RowCount).Where(r => r % 97 == 0 || r == ours.RowCount - 1).All(r => our.Format(r) == their.Format(r));
            if (!same || our.Count != their.Count)
                throw new InvalidOperationException($"the readers differ in column '{our.Name}' of {file.Name}");
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MlOps.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("run this inside the repository: samples/data is read from there");
    }
}
