using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using MlOps.Learning;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>
/// What opening a model file takes, each way in processes of their own: read into memory and copied from there, or mapped and used in place.
/// <c>learning load [trees]</c>; 300 trees are a file of some 50 MB.
/// </summary>
internal static class LoadBench
{
    private const int Leaves = 4096;
    private const int Rounds = 5;

    public static Task RunAsync(string[] args)
    {
        int trees = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 300;
        (string file, string small) = (Write(trees), Write(2));
        Console.WriteLine($"{new FileInfo(file).Length / 1e6:F1} MB, {trees} trees of at most {Leaves} leaves; medians of {Rounds} processes");
        Console.WriteLine("| way | load ms | CPU ms | private MB it adds, at most | after it, garbage collected | mapped MB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (string way in (string[])["copied", "mapped"])
        {
            double[][] runs = [.. Enumerable.Range(0, Rounds).Select(_ => Child(way, file, small))];
            Console.WriteLine($"| {way} | {string.Join(" | ", Enumerable.Range(0, 5).Select(i => Median(runs, i).ToString("F1", CultureInfo.InvariantCulture)))} |");
        }

        File.Delete(file);
        File.Delete(small);
        return Task.CompletedTask;
    }

    /// <summary>One load: <c>learning load-child copied|mapped FILE SMALL</c>; a small model is loaded before, so that the code is there.</summary>
    public static Task RunChildAsync(string[] args)
    {
        Load(args[0] == "mapped", args[2]);
        using var process = Process.GetCurrentProcess();
        (double before, double cpu, long start) = (Status("RssAnon"), process.TotalProcessorTime.TotalMilliseconds, Stopwatch.GetTimestamp());
        using var watch = new PeakWatch();
        IModel model = Load(args[0] == "mapped", args[1]);
        double wall = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.Refresh();
        cpu = process.TotalProcessorTime.TotalMilliseconds - cpu;
        double most = watch.Stop() - before;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall} {cpu} {most} {Status("RssAnon") - before} {Status("RssFile")}"));
        GC.KeepAlive(model);
        return Task.CompletedTask;
    }

    private static IModel Load(bool mapped, string path)
    {
        if (!mapped)
        {
            using FileStream stream = File.OpenRead(path);
            return ModelFile.Load(stream);
        }

        using SafeFileHandle handle = File.OpenHandle(path);
        return ModelFile.Load(new MappedFile(handle, (int)RandomAccess.GetLength(handle)).Memory);
    }

    private static double[] Child(string way, string file, string small)
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["learning", "load-child", way, file, small]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. output.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    private static double Median(double[][] runs, int figure) => runs.Select(r => r[figure]).Order().ElementAt(runs.Length / 2);

    /// <summary>Megabytes, by the name that the kernel has for them.</summary>
    private static double Status(string name) =>
        double.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;

    private static string Write(int trees)
    {
        string file = Path.GetTempFileName();
        using FileStream stream = File.Create(file);
        Fit(trees).Save(stream);
        return file;
    }

    /// <summary>Noise, which takes whatever number of leaves it is given.</summary>
    private static IModel Fit(int trees)
    {
        var random = new SeededRandom(1);
        const int Rows = 100_000;
        Column[] columns = [.. Enumerable.Range(0, 10).Select(i => (Column)new NumberColumn($"f{i}", Draw())), new NumberColumn("y", Draw())];
        var spec = new TrainingSpec
        {
            Task = LearningTask.Regression,
            Target = "y",
            Parameters = new Dictionary<string, string> { ["trees"] = $"{trees}", ["depth"] = "0", ["learningRate"] = "0.05", ["leaves"] = $"{Leaves}" },
            Threads = 2,
        };
        return TrainerCatalog.Default.Get("gbdt").Fit(spec, new Table(columns), null, null, CancellationToken.None);

        double[] Draw() => [.. Enumerable.Range(0, Rows).Select(_ => random.NextGaussian())];
    }

    /// <summary>Asks for the private memory again and again.</summary>
    private sealed class PeakWatch : IDisposable
    {
        private readonly Thread _thread;
        private double _most;
        private volatile bool _stopped;

        public PeakWatch()
        {
            _thread = new Thread(() =>
            {
                for (; !_stopped; Thread.Sleep(1))
                    _most = Math.Max(_most, Status("RssAnon"));
            });
            _thread.Start();
        }

        public double Stop()
        {
            _stopped = true;
            _thread.Join();
            return Math.Max(_most, Status("RssAnon"));
        }

        public void Dispose() => Stop();
    }
}
