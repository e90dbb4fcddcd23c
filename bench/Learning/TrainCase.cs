using System.Globalization;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>A data set to train on, the target of the issue for it, and how a model of it is judged.</summary>
/// <param name="Categories">The last columns so many are categories, and then a twentieth of all numbers is missing.</param>
/// <param name="Metric">On the test rows.</param>
/// <param name="Peers">Those the target speaks of.</param>
/// <param name="Target">The most that our CPU seconds (of small data: our seconds) may be of the faster peer's.</param>
internal sealed record TrainCase(string Name, LearningTask Task, int Rows, int TestRows, int Columns, int Categories, int Classes, string Metric, string[] Peers, double Target)
{
    public static IReadOnlyList<TrainCase> All { get; } =
    [
        new("dense", LearningTask.Binary, 1_000_000, 100_000, 28, 0, 2, "auc", ["xgboost"], 0.7),
        new("regression", LearningTask.Regression, 200_000, 50_000, 50, 0, 0, "rmse", ["xgboost", "sklearn"], 0.8),
        new("classes", LearningTask.Multiclass, 60_000, 20_000, 30, 0, 8, "logLoss", ["xgboost", "sklearn"], 0.8),
        new("mixed", LearningTask.Binary, 100_000, 30_000, 20, 8, 2, "auc", ["xgboost", "sklearn"], 0.8),
        new("small", LearningTask.Binary, 20_000, 20_000, 20, 0, 2, "auc", ["xgboost", "sklearn"], 0.5),
    ];

    public bool IsSmall => Name == "small";

    public bool HigherIsBetter => Metric == "auc";

    public const int Bins = 255;

    /// <summary>What all of them train with, by our names.</summary>
    /// <param name="leaves">0 grows trees level by level to depth 6; else best first to so many leaves of any depth.</param>
    public static IReadOnlyDictionary<string, string> Parameters(int bins = Bins, int leaves = 0) => new Dictionary<string, string>
    {
        ["trees"] = "100",
        ["depth"] = leaves > 0 ? "0" : "6",
        ["leaves"] = leaves.ToString(CultureInfo.InvariantCulture),
        ["learningRate"] = "0.1",
        ["bins"] = bins.ToString(CultureInfo.InvariantCulture),
        ["l2"] = "1",
        ["minChildWeight"] = "1",
    };
}
