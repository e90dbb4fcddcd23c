using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>Keys whose value is the name of a metric.</summary>
internal static class MetricKeys
{
    /// <summary>The metric named at a key, or null when it is absent or wrong.</summary>
    public static string? Metric(this YamlMap map, string key, LearningTask? task, IReadOnlyList<string>? more = null)
    {
        if (map.Scalar(key) is not { } text)
            return null;
        string[] names = Names(task, more);
        if (names.Contains(text.Value, StringComparer.Ordinal))
            return text.Value;
        map.Unknown(text, map.PathOf(key), names);
        return null;
    }

    /// <summary>The same, where the key is required; empty after the mistake was noted.</summary>
    public static string RequiredMetric(this YamlMap map, string key, LearningTask? task, IReadOnlyList<string>? more = null)
    {
        if (!map.Has(key))
            map.Wrong(key, $"'{key}' is missing: one of {string.Join(", ", Names(task, more))}");
        return map.Metric(key, task, more) ?? "";
    }

    // Without a task only a name that no task has is surely wrong.
    private static string[] Names(LearningTask? task, IReadOnlyList<string>? more) =>
        [.. (task is { } known ? MetricCatalog.For(known) : MetricCatalog.All).Select(m => m.Name), .. more ?? []];
}
