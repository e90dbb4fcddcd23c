namespace MlOps.Domain.Experiments;

/// <summary>What logging does to a run's document: pure functions that return null when nothing changes.</summary>
internal static class RunUpdates
{
    public static RunDocument? Apply(RunDocument run, RunChanges changes)
    {
        CheckParams(run, changes.Params);
        // Each of the three must be applied, hence no short-circuit.
        bool changed = AddParams(run, changes.Params) | SetTags(run, changes.Tags) | AddMetrics(run, changes.Metrics);
        return changed ? run : null;
    }

    public static RunDocument? End(RunDocument run, RunStatus status, string? reason, DateTimeOffset now) =>
        run.Status == status && run.EndedAt is not null ? null : run with { Status = status, Reason = reason, EndedAt = now };

    public static void CheckParams(RunDocument run, IReadOnlyDictionary<string, string> values)
    {
        foreach ((string name, string value) in values)
        {
            if (run.Params.TryGetValue(name, out string? old) && old != value)
            {
                throw MlOpsException.Conflict("param-changed",
                    $"param '{name}' of run '{run.Id}' is '{old}' and cannot become '{value}': params are fixed once logged; start another run, or use a tag");
            }
        }
    }

    private static bool AddParams(RunDocument run, IReadOnlyDictionary<string, string> values)
    {
        int before = run.Params.Count;
        foreach ((string name, string value) in values)
            run.Params.TryAdd(name, value);
        return run.Params.Count > before;
    }

    private static bool SetTags(RunDocument run, IReadOnlyDictionary<string, string?> tags)
    {
        bool changed = false;
        foreach ((string name, string? value) in tags)
        {
            bool same = run.Tags.TryGetValue(name, out string? old) ? old == value : value is null;
            if (value is null)
                run.Tags.Remove(name);
            else
                run.Tags[name] = value;
            changed |= !same;
        }

        return changed;
    }

    private static bool AddMetrics(RunDocument run, IReadOnlyList<MetricPoint> points)
    {
        bool changed = false;
        foreach (MetricPoint point in points)
        {
            LatestMetric latest = LatestMetric.Of(point);
            if (run.Metrics.TryGetValue(point.Name, out LatestMetric old) && !latest.IsLaterThan(old))
                continue;
            run.Metrics[point.Name] = latest;
            changed = true;
        }

        return changed;
    }
}
