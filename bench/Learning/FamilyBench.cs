using System.Diagnostics;
using System.Globalization;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>
/// Each family of trainers against the peers of the same family on real data, same five folds and hyper-parameters: <c>learning families [repeats=N] [family=NAME]
/// [FOLDER] [data ...]</c>. FOLDER holds telco-churn.csv, diamonds.csv and letters.csv (default samples/data). Scores are AUC, accuracy or RMSE;
/// a difference is ours less the peer's in the direction of better, with the standard error of its mean. The rows are divided N times into five folds (default 1).
/// </summary>
internal static class FamilyBench
{
    private const string Repeats = "repeats=";

    private const string Family = "family=";

    /// <summary>Ours with the hyper-parameters that peers/families.py gives the peer, or that are its defaults.</summary>
    private static readonly (string Peer, string Parameters)[] Ours =
    [
        ("XGBoost", "trees=100 depth=6 learningRate=0.1 l2=1 minChildWeight=1"),
        ("HistGradientBoosting", "trees=100 depth=0 leaves=31 learningRate=0.1 l2=0 minChildWeight=0.001 minLeafRows=20"),
        ("LogisticRegression", "l2=1"),
        ("Ridge", "l2=1"),
        ("RandomForest, all inputs", "trees=100 maxFeatures=1"),
        ("RandomForest", "trees=100"),
    ];

    public static async Task RunAsync(string[] args)
    {
        int repeats = 1;
        if (args is [var first, ..] && first.StartsWith(Repeats, StringComparison.Ordinal))
            (repeats, args) = (int.Parse(first[Repeats.Length..], CultureInfo.InvariantCulture), args[1..]);
        string family = "";
        if (args is [var second, ..] && second.StartsWith(Family, StringComparison.Ordinal))
            (family, args) = (second[Family.Length..], args[1..]);
        string folder = args.Length > 0 ? args[0] : Path.Combine("samples", "data");
        string work = Directory.CreateTempSubdirectory("mlops-families-").FullName;
        FamilyPeers.Prepare(folder, work, repeats);
        Console.WriteLine("| data | metric | family | ours | peer | its score | difference | at least equal within one standard error | CPU s, ours / peer |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (FamilyData data in FamilyData.All.Where(d => args.Length < 2 || args.Skip(1).Contains(d.Name)))
            await CompareAsync(data, work, family);
        Directory.Delete(work, recursive: true);
    }

    private static async Task CompareAsync(FamilyData data, string folder, string family)
    {
        (Table rows, int[][] divisions) = await data.LoadAsync(folder);
        Dictionary<string, PeerScores> scored = [];
        foreach (PeerScores peer in FamilyPeers.Of(data, folder, family))
        {
            string parameters = Ours.First(o => peer.Peer.StartsWith(o.Peer, StringComparison.Ordinal)).Parameters;
            if (!scored.TryGetValue(parameters, out PeerScores? ours))
                scored[parameters] = ours = Score(data, rows, divisions, peer.Family, parameters);
            Console.WriteLine(Row(data.Metric, data.Name, ours, peer));
        }
    }

    private static PeerScores Score(FamilyData data, Table rows, int[][] divisions, string family, string parameters)
    {
        TrainingSpec spec = new()
        {
            Task = data.Task,
            Target = data.Target,
            Parameters = parameters.Split(' ').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]),
            Threads = 2,
        };
        var scores = new double[divisions.Length * FamilyData.Folds];
        double cpu = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            (int[] fold, int k) = (divisions[i / FamilyData.Folds], i % FamilyData.Folds);
            Table training = Take(rows, fold, f => f != k), test = Take(rows, fold, f => f == k);
            double before = CpuSeconds();
            IModel model = TrainerCatalog.Default.Get(family).Fit(spec, training, null, null, CancellationToken.None);
            cpu += CpuSeconds() - before;
            scores[i] = ModelMetrics.Compute(model, test, data.Target).Find(data.Metric.Name)!.Value;
        }

        return new PeerScores(family, "ours", cpu, scores);
    }

    private static string Row(MetricInfo metric, string data, PeerScores ours, PeerScores peer)
    {
        double[] gains = [.. ours.Scores.Zip(peer.Scores, metric.Gain)];
        double gain = gains.Average(), error = Error(gains);
        string verdict = gain >= -error ? "yes" : gain >= -Error(peer.Scores) ? "within the peer's spread only" : "no";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {data} | {metric.Name} | {ours.Family} | {ours.Scores.Average():G5} ± {Error(ours.Scores):G2} | {peer.Peer} | {peer.Scores.Average():G5} ± {Error(peer.Scores):G2} | {gain:G3} ± {error:G2} | {verdict} | {ours.Cpu:F2} / {peer.Cpu:F2} |");
    }

    /// <summary>
    /// Of one division that of a mean of independent folds. Of several, whose training rows are mostly the same, more (Nadeau and Bengio 2003): the
    /// variance counts 1 / n, and the rows held out by those learned from.
    /// </summary>
    private static double Error(double[] values)
    {
        double mean = values.Average(), variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        double shared = values.Length > FamilyData.Folds ? 1.0 / (FamilyData.Folds - 1) : 0;
        return Math.Sqrt(variance * ((1.0 / values.Length) + shared));
    }

    private static Table Take(Table rows, int[] fold, Func<int, bool> wanted) => rows.Take([.. Enumerable.Range(0, fold.Length).Where(row => wanted(fold[row]))]);

    private static double CpuSeconds() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
}
