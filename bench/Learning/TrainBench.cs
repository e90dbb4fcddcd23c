using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlOps.Bench.Learning;

/// <summary>
/// gbdt against XGBoost (hist) and scikit-learn (HistGradientBoosting) on two threads: <c>learning train [case...]</c>. Each of them is a
/// process that reads the same CSV (the peers with pandas), trains with the same parameters and saves its model.
/// </summary>
internal static class TrainBench
{
    public static readonly string Folder = Path.Combine(Path.GetTempPath(), "mlops-bench-learning");

    public static async Task RunAsync(string[] args)
    {
        TrainCase[] cases = [.. TrainCase.All.Where(c => args.Length == 0 || args.Contains(c.Name))];
        Console.WriteLine("| case | who | CPU s, whole process | ratio | CPU s, fit only | ratio | wall s, whole | wall s, fit | peak MB | ratio | score | target |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (TrainCase @case in cases)
            await RunAsync(@case);
    }

    private static async Task RunAsync(TrainCase @case)
    {
        var data = new TrainData(@case, Folder);
        data.Write();
        TrainResult ours = await OursAsync(@case, data, TrainCase.Bins);
        Show(@case, ours, null);
        foreach (string peer in @case.Peers)
            Show(@case, await PeerAsync(peer, @case, data, TrainCase.Bins), ours);
    }

    public static Task<TrainResult> OursAsync(TrainCase @case, TrainData data, int bins, int threads = TrainProcess.Threads, int leaves = 0) => ProcessAsync(
        threads, Environment.ProcessPath!, "learning", "train-process", @case.Name, data.Training, data.Test, Text(bins), Text(threads), Text(leaves));

    public static Task<TrainResult> PeerAsync(string peer, TrainCase @case, TrainData data, int bins, int threads = TrainProcess.Threads, int leaves = 0) => ProcessAsync(
        threads, "/usr/bin/python3", Path.Combine("bench", "peers", "learning_train.py"), peer, @case.Task.ToString(), data.Training, data.Test,
        string.Join(',', data.Categories), JsonSerializer.Serialize(TrainCase.Parameters(bins, leaves)));

    private static void Show(TrainCase @case, TrainResult result, TrainResult? ours) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {@case.Name} | {result.Name} | {result.Cpu:0.00} | {Ratio(ours?.Cpu, result.Cpu)} | {result.FitCpu:0.00} | {Ratio(ours?.FitCpu, result.FitCpu)} | {result.Wall:0.00} | {result.FitWall:0.00} | {result.PeakMegabytes:0} | {Ratio(ours?.PeakMegabytes, result.PeakMegabytes)} | {@case.Metric} {result.Score:0.00000} | {(ours is null ? $"<= {@case.Target:0.0} x {(@case.IsSmall ? "wall" : "CPU")} of the faster peer" : "")} |"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Ours over theirs.</summary>
    private static string Ratio(double? ours, double theirs) => ours is { } value ? (value / theirs).ToString("0.00", CultureInfo.InvariantCulture) : "";

    private static async Task<TrainResult> ProcessAsync(int threads, string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = Text(threads);
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? TrainResult.Read(output) : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} failed");
    }
}
