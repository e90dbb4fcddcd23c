namespace MlOps.Domain.Experiments;

/// <summary>Histories thinned out for a chart.</summary>
public static class MetricSampling
{
    /// <summary>
    /// Of each history the points at the same steps: at most <paramref name="most"/> of all steps between the bounds (both included),
    /// evenly chosen, and the first and last step of each history where they are in the bounds.
    /// </summary>
    /// <param name="histories">Each in order of its steps.</param>
    public static IReadOnlyList<IReadOnlyList<MetricPoint>> Sample(IReadOnlyList<IReadOnlyList<MetricPoint>> histories, int most, long start, long end)
    {
        long[] steps = Steps(histories, start, end);
        if (steps.Length <= most && start == long.MinValue && end == long.MaxValue)
            return histories;
        var kept = new HashSet<long>(Evenly(steps, most));
        foreach (IReadOnlyList<MetricPoint> history in histories.Where(h => h.Count > 0))
            kept.UnionWith(((long[])[history[0].Step, history[^1].Step]).Where(s => s >= start && s <= end));
        return [.. histories.Select(h => (IReadOnlyList<MetricPoint>)[.. h.Where(p => kept.Contains(p.Step))])];
    }

    private static long[] Steps(IReadOnlyList<IReadOnlyList<MetricPoint>> histories, long start, long end)
    {
        var steps = new HashSet<long>();
        foreach (IReadOnlyList<MetricPoint> history in histories)
        {
            foreach (MetricPoint point in history)
            {
                if (point.Step >= start && point.Step <= end)
                    steps.Add(point.Step);
            }
        }

        long[] all = [.. steps];
        Array.Sort(all);
        return all;
    }

    private static IEnumerable<long> Evenly(long[] steps, int most) =>
        steps.Length <= most ? steps : Enumerable.Range(0, most).Select(i => steps[(long)i * steps.Length / most]);
}
