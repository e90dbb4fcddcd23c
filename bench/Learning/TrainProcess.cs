using System.Diagnostics;
using System.Globalization;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>
/// Our side, in a process of its own: <c>learning train-process CASE TRAIN.csv TEST.csv BINS [THREADS [LEAVES]]</c>. What
/// bench/peers/learning_train.py does for the peers.
/// </summary>
internal static class TrainProcess
{
    public const int Threads = 2;

    public static async Task RunAsync(string[] args)
    {
        TrainCase @case = TrainCase.All.Single(c => c.Name == args[0]);
        var data = new TrainData(@case, "");
        int threads = Number(args, 4, Threads);
        var spec = new TrainingSpec { Task = @case.Task, Target = "y", Parameters = TrainCase.Parameters(Number(args, 3, TrainCase.Bins), Number(args, 5, 0)), Threads = threads };
        ITrainer trainer = TrainerCatalog.Default.Get("gbdt");
        Table training = await ReadToTrainAsync(args[1], data, trainer, spec);
        (double before, long start) = (Environment.CpuUsage.TotalTime.TotalSeconds, Stopwatch.GetTimestamp());
        IModel model = trainer.Fit(spec, training, null, null, CancellationToken.None);
        double fitCpu = Environment.CpuUsage.TotalTime.TotalSeconds - before, fitWall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await using (FileStream file = File.Create(args[1] + ".model"))
            model.Save(file);

        using var self = Process.GetCurrentProcess();
        var result = new TrainResult(
            "MlOps", Environment.CpuUsage.TotalTime.TotalSeconds, (DateTime.Now - self.StartTime).TotalSeconds, fitCpu, fitWall, PeakMegabytes(), 0);
        Table test = await ReadAsync(args[2], data);
        Console.WriteLine((result with { Score = ModelMetrics.Compute(model, test, "y").Find(@case.Metric)!.Value }).Write());
    }

    private static int Number(string[] args, int at, int otherwise) => at < args.Length ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

    private static async Task<Table> ReadToTrainAsync(string path, TrainData data, ITrainer trainer, TrainingSpec spec)
    {
        await using FileStream stream = File.OpenRead(path);
        return await TrainingCsv.ReadAsync(stream, OptionsOf(data, spec.Threads), trainer, spec, CancellationToken.None);
    }

    private static async Task<Table> ReadAsync(string path, TrainData data)
    {
        await using FileStream stream = File.OpenRead(path);
        return await CsvReader.ReadAsync(stream, OptionsOf(data, Threads), CancellationToken.None);
    }

    private static CsvOptions OptionsOf(TrainData data, int threads) => new() { Threads = threads, Types = data.Categories.ToDictionary(c => c, _ => ColumnType.Category) };

    private static double PeakMegabytes()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
