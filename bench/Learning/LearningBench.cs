namespace MlOps.Bench.Learning;

/// <summary>The benches of the learning engine: <c>learning NAME [arguments of that bench]</c>.</summary>
internal static class LearningBench
{
    private static readonly Dictionary<string, (string About, Func<string[], Task> Run)> Known = new()
    {
        ["train"] = ("gbdt against XGBoost and scikit-learn, whole processes: train [case ...]", TrainBench.RunAsync),
        ["train-process"] = ("our side of it: train-process CASE TRAIN.csv TEST.csv BINS [THREADS [LEAVES]]", TrainProcess.RunAsync),
        ["growth"] = ("level by level and best first on one thread and on two: growth [case ...]", GrowthBench.RunAsync),
        ["spread"] = ("gbdt's and its peers' scores on several draws of the rows: spread [draws] [from=DRAW] [case ...]", SpreadBench.RunAsync),
        ["explain"] = ("TreeSHAP against XGBoost's pred_contribs: explain [rows]", ExplainBench.RunAsync),
        ["families"] = ("each family against the peers of its own on real data, five folds: families [repeats=N] [family=NAME] [FOLDER] [data ...]", FamilyBench.RunAsync),
        ["score"] = ("batch scoring against XGBoost's in-place prediction: score [rows]", ScoreBench.RunAsync),
        ["load"] = ("opening a model file, copied and mapped: load [trees]", LoadBench.RunAsync),
        ["load-child"] = ("one load in a process of its own: load-child copied|mapped FILE SMALL", LoadBench.RunChildAsync),
        ["scoring-child"] = ("our side of explain and score in a process of its own", ScoringChild.RunAsync),
    };

    public static Task RunAsync(string[] args)
    {
        if (args.Length > 0 && Known.TryGetValue(args[0], out var bench))
            return bench.Run(args[1..]);
        foreach ((string name, (string about, _)) in Known)
            Console.WriteLine($"learning {name,-16}{about}");
        return Task.CompletedTask;
    }
}
