using System.Text.Json;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Importing;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Metrics;

/// <summary>Rows of metrics_sklearn.py and what scikit-learn 1.2.1 says of them.</summary>
public sealed record MetricReference(
    string Name, LearningTask Task, double[] Scores, double[] Truth, double[]? Weights, Dictionary<string, double> Expected, int? Classes,
    double[][]? Roc, double[][]? PrecisionRecall, double[][]? Uniform, double[][]? Quantile)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };

    public static IReadOnlyList<MetricReference> All { get; } = JsonSerializer.Deserialize<MetricReference[]>(
        File.ReadAllBytes(Path.Combine(ExpectedRows.Folder, "..", "..", "Metrics", "Samples", "metrics.json")), Options)!;

    internal ScoredRows Rows()
    {
        string[] classes = Task == LearningTask.Regression ? [] : [.. Enumerable.Range(0, Classes ?? 2).Select(k => $"c{k}")];
        Column truth = Task == LearningTask.Regression ? new NumberColumn("y", Truth) : new CategoryColumn("y", [.. Truth.Select(t => (int)t)], classes);
        return ScoredRows.Join(new Predictions(Task, classes, Scores), truth, Weights is null ? null : new NumberColumn("w", Weights));
    }

    public override string ToString() => $"{Task}: {Name}";
}
