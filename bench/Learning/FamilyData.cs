using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>A data set of the family bench and what is measured on it.</summary>
internal sealed record FamilyData(string Name, string Target, LearningTask Task)
{
    public const int Folds = 5;

    public static readonly FamilyData[] All =
    [
        new("iris", "target", LearningTask.Multiclass),
        new("wine", "target", LearningTask.Multiclass),
        new("breast-cancer", "target", LearningTask.Binary),
        new("digits", "target", LearningTask.Multiclass),
        new("diabetes", "target", LearningTask.Regression),
        new("telco-churn", "churn", LearningTask.Binary),
        new("diamonds", "price", LearningTask.Regression),
        new("letters", "lettr", LearningTask.Multiclass),
    ];

    public MetricInfo Metric => MetricCatalog.DefaultFor(Task);

    /// <summary>The rows, and by division the fold of each.</summary>
    public async Task<(Table Rows, int[][] Divisions)> LoadAsync(string folder)
    {
        await using FileStream file = File.OpenRead(Path.Combine(folder, $"{Name}.csv"));
        Table rows = await CsvReader.ReadAsync(file, CsvOptions.Default, CancellationToken.None);
        int[][] folds = [.. File.ReadLines(Path.Combine(folder, $"{Name}.folds")).Select(line => line.Split(' ').Select(int.Parse).ToArray())];
        return (rows, [.. Enumerable.Range(0, folds[0].Length).Select(division => folds.Select(row => row[division]).ToArray())]);
    }
}
