using System.Globalization;

namespace MlOps.Bench.Learning;

/// <summary>Compares the work of both sides over models and threads, as a table.</summary>
internal static class ScoringTable
{
    public static Task RunAsync(string title, (string Work, string From)[] works, int[] trees, int rows, bool perSecond)
    {
        string folder = Directory.CreateTempSubdirectory("mlops-scoring-").FullName;
        Console.WriteLine($"## {title} ({rows.ToString("N0", CultureInfo.InvariantCulture)} rows, {ScoringCase.Inputs} inputs, depth 6)");
        Console.WriteLine("| trees | threads | from | ours | XGBoost | ratio | wall s, ours / XGBoost | largest difference |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (ScoringCase given in trees.Select(t => ScoringCase.Make(folder, t, rows)))
        {
            foreach (int threads in (int[])[1, 2])
            {
                WorkTime peer = ScoringPeers.Xgboost(works[0].Work, given, threads);
                foreach ((string work, string from) in works)
                    Console.WriteLine(Row(given, threads, from, ScoringPeers.Ours(work, given, threads), peer, perSecond));
            }
        }

        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Row(ScoringCase given, int threads, string from, WorkTime ours, WorkTime peer, bool perSecond)
    {
        (double mine, double its) = perSecond ? (given.Rows / ours.Cpu, given.Rows / peer.Cpu) : (ours.Cpu * 1e6 / given.Rows, peer.Cpu * 1e6 / given.Rows);
        double apart = ours.Sample.Zip(peer.Sample, (a, b) => Math.Abs(a - b)).Max();
        return string.Create(CultureInfo.InvariantCulture, $"| {given.Trees} | {threads} | {from} | {mine:N1} | {its:N1} | {mine / its:0.00} | {ours.Wall:0.000} / {peer.Wall:0.000} | {apart:0.0e+0} |");
    }
}
