using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines;

/// <summary>The metrics a task has, by the names the evaluation reports.</summary>
internal static class MetricNames
{
    private static readonly string[] Binary = ["auc", "logLoss", "accuracy", "f1", "precision", "recall", "brier"];
    private static readonly string[] Multiclass = ["accuracy", "logLoss", "macroF1", "microF1", "auc"];
    private static readonly string[] Regression = ["rmse", "mae", "r2"];

    public static string Default(LearningTask task) => Of(task)[0];

    public static IReadOnlyList<string> Of(LearningTask task) => task switch
    {
        LearningTask.Binary => Binary,
        LearningTask.Multiclass => Multiclass,
        _ => Regression,
    };

    /// <summary>The metric named at a key, or null when it is absent or wrong.</summary>
    public static string? Read(YamlMap map, string key, LearningTask task)
    {
        if (map.Scalar(key) is not { } text)
            return null;
        if (Of(task).Contains(text.Value, StringComparer.Ordinal))
            return text.Value;
        map.Unknown(text, map.PathOf(key), Of(task));
        return null;
    }

    /// <summary>The same, where the key is required; empty after the mistake was noted.</summary>
    public static string Require(YamlMap map, string key, LearningTask task)
    {
        if (!map.Has(key))
            map.Wrong(key, $"'{key}' is missing: one of {string.Join(", ", Of(task))}");
        return Read(map, key, task) ?? "";
    }
}
