using System.Diagnostics;
using System.Globalization;
using MlOps.Learning;
using MlOps.Learning.Metrics;
using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;

namespace MlOps.Bench.Statistics;

/// <summary>
/// Drift of a table and AUC: <c>statistics [rows] [columns]</c>. Half of the columns are numbers, half categories of 20 levels.
/// bench/peers/statistics.py does the same with scipy and scikit-learn.
/// </summary>
internal static class StatisticsBench
{
    private const int Rounds = 3;

    public static Task RunAsync(string[] args)
    {
        int rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        int columns = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10;
        Table reference = Make(rows, columns, 1), current = Make(rows, columns, 2);
        Report($"drift, {rows:N0} against {rows:N0} rows, {columns} columns", () => TableDrift.Compare(reference, current, new DriftOptions()));

        var random = new SeededRandom(3);
        double[] scores = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble())];
        bool[] positive = [.. scores.Select(score => random.NextDouble() < score)];
        Report($"auc, {rows:N0} rows", () => BinaryMetrics.Auc(scores, positive));

        double[] a = [.. Enumerable.Range(0, KolmogorovSmirnov.ExactRows).Select(_ => random.NextGaussian()).Order()];
        double[] b = [.. Enumerable.Range(0, KolmogorovSmirnov.ExactRows).Select(_ => random.NextGaussian() + 0.5).Order()];
        Report($"exact KS, {a.Length:N0} against {b.Length:N0} rows, far apart", () => KolmogorovSmirnov.Test(a, b));
        return Task.CompletedTask;
    }

    private static void Report<T>(string what, Func<T> work)
    {
        work();
        double best = Enumerable.Range(0, Rounds).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            work();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        });
        Console.WriteLine($"{what,-62}{best,10:N1} ms");
    }

    private static Table Make(int rows, int columns, ulong seed) => new([.. Enumerable.Range(0, columns).Select(c => Make($"c{c}", rows, c % 2 == 0, SeededRandom.Derive(seed, (ulong)c)))]);

    private static Column Make(string name, int rows, bool number, SeededRandom random) => number
        ? new NumberColumn(name, [.. Enumerable.Range(0, rows).Select(_ => random.NextGaussian())])
        : new CategoryColumn(name, [.. Enumerable.Range(0, rows).Select(_ => random.Next(20))], [.. Enumerable.Range(0, 20).Select(level => $"level {level}")]);
}
