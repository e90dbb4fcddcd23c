namespace MlOps.Domain.Experiments;

/// <summary>Histories thinned out for a chart.</summary>
internal static class MetricSampling
{
    /// <summary>
    /// Of each history the points at the same steps: at most <paramref name="most"/> of all steps between the bounds (both included),
    /// evenly chosen, the last of them, so that a chart goes on to its edge, and the first and last step of each history where they are in
    /// the bounds.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<MetricPoint>> Sample(IReadOnlyList<MetricHistory> histories, int most, long start, long end)
    {
        List<long> steps = Steps(histories, start, end);
        if (steps.Count <= most && start == long.MinValue && end == long.MaxValue)
            return histories;
        var kept = new SortedSet<long>(Evenly(steps, most));
        if (steps.Count > 0)
            kept.Add(steps[^1]);
        foreach (MetricHistory history in histories.Where(h => h.Count > 0))
            kept.UnionWith(((long[])[history.Points[0].S, history.Points[^1].S]).Where(s => s >= start && s <= end));
        long[] all = [.. kept];
        return [.. histories.Select(h => h.At(all))];
    }

    /// <summary>Each step of any of them once, ascending.</summary>
    private static List<long> Steps(IReadOnlyList<MetricHistory> histories, long start, long end)
    {
        var steps = new List<long>(histories.Sum(h => h.Count));
        foreach (MetricHistory history in histories)
            Add(history.Points, start, end, steps);
        if (histories.Count == 1)
            return steps;
        steps.Sort();
        return [.. Distinct(steps)];
    }

    private static void Add(ReadOnlySpan<LatestMetric> points, long start, long end, List<long> steps)
    {
        for (int i = 0; i < points.Length; i++)
        {
            long step = points[i].S;
            if (step >= start && step <= end && (i == 0 || points[i - 1].S != step))
                steps.Add(step);
        }
    }

    private static IEnumerable<long> Distinct(List<long> sorted)
    {
        for (int i = 0; i < sorted.Count; i++)
        {
            if (i == 0 || sorted[i] != sorted[i - 1])
                yield return sorted[i];
        }
    }

    private static IEnumerable<long> Evenly(List<long> steps, int most) =>
        steps.Count <= most ? steps : Enumerable.Range(0, most).Select(i => steps[(int)((long)i * steps.Count / most)]);
}
