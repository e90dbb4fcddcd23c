using System.Globalization;

namespace MlOps.Bench.Learning;

/// <summary>
/// What a second thread gains where trees grow level by level (depth 6) and where they grow best first (63 leaves of any depth, XGBoost's
/// lossguide): <c>learning growth [case...]</c>. Processes as in <see cref="TrainBench"/>.
/// </summary>
internal static class GrowthBench
{
    private const int Leaves = 63;

    public static async Task RunAsync(string[] args)
    {
        Console.WriteLine("| case | trees grow | who | wall s of the fit, 1 thread | 2 threads | ratio | CPU s of the fit, 1 thread | 2 threads | score |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (TrainCase @case in TrainCase.All.Where(c => args.Length == 0 ? c.Name is "dense" or "regression" : args.Contains(c.Name)))
        {
            var data = new TrainData(@case, TrainBench.Folder);
            data.Write();
            foreach (int leaves in new[] { 0, Leaves })
            {
                await RunAsync(@case, leaves, threads => TrainBench.OursAsync(@case, data, TrainCase.Bins, threads, leaves));
                await RunAsync(@case, leaves, threads => TrainBench.PeerAsync("xgboost", @case, data, TrainCase.Bins, threads, leaves));
            }
        }
    }

    private static async Task RunAsync(TrainCase @case, int leaves, Func<int, Task<TrainResult>> run)
    {
        TrainResult one = await run(1), two = await run(2);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {@case.Name} | {(leaves > 0 ? $"best first, {leaves} leaves" : "by level, depth 6")} | {one.Name} | {one.FitWall:0.00} | {two.FitWall:0.00} | {two.FitWall / one.FitWall:0.00} | {one.FitCpu:0.00} | {two.FitCpu:0.00} | {@case.Metric} {two.Score:0.00000} |"));
    }
}
