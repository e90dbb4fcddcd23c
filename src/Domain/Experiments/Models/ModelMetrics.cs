using System.Text.Json;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments.Models;

/// <summary>
/// The metrics that a model keeps, in one document with it: of each series (metric, run, data set) the latest value, and of too many series
/// those that were measured last. All points stand in the histories of their runs.
/// </summary>
internal static class ModelMetrics
{
    public const int MaxSeries = 1_000;

    /// <summary>Of their JSON.</summary>
    private const int MaxBytes = 400 << 10;

    public static ModelMetric[] Merged(IReadOnlyList<ModelMetric> known, IReadOnlyList<ModelMetric> more)
    {
        ModelMetric[] all = [.. known.Concat(more).GroupBy(m => m.Series).Select(series => series.MaxBy(m => m.Order)!)];
        for (int most = Math.Min(all.Length, MaxSeries); all.Length > MaxSeries || Bytes(all) > MaxBytes; most -= Math.Max(1, most / 8))
            all = Latest(all, most);
        return all;
    }

    /// <summary>In the order that they have.</summary>
    private static ModelMetric[] Latest(ModelMetric[] all, int most)
    {
        HashSet<int> kept = [.. Enumerable.Range(0, all.Length).OrderByDescending(i => all[i].Time).ThenByDescending(i => i).Take(most)];
        return [.. all.Where((_, i) => kept.Contains(i))];
    }

    private static int Bytes(ModelMetric[] all) => JsonSerializer.SerializeToUtf8Bytes(all, WorkflowJson.Options).Length;
}
