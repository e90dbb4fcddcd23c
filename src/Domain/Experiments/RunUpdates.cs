namespace MlOps.Domain.Experiments;

/// <summary>What logging does to a run's document: pure functions that return null when nothing changes.</summary>
internal static class RunUpdates
{
    public static RunDocument? Apply(RunDocument run, RunChanges changes)
    {
        CheckActive(run);
        CheckParams(run, changes.Params);
        // Each of the three must be applied, hence no short-circuit.
        bool changed = AddParams(run, changes.Params) | SetTags(run, changes.Tags) | AddMetrics(run, changes.Metrics);
        RunDocument after = Linked(Edited(run, changes), changes);
        return changed || after != run ? after : null;
    }

    /// <summary>Deletes or, with null, restores.</summary>
    public static RunDocument? Delete(RunDocument run, DateTimeOffset? at)
    {
        if (at is null && run.PurgedAt is not null)
            throw MlOpsException.Conflict("run-purged", $"run '{run.Id}' is being removed for good since {run.PurgedAt:u}: it can no longer be restored");
        return run.DeletedAt is null == at is null ? null : run with { DeletedAt = at };
    }

    public static void CheckActive(RunDocument run)
    {
        if (run.DeletedAt is not null || run.PurgedAt is not null)
            throw MlOpsException.Conflict("run-deleted", $"run '{run.Id}' is deleted: restore it, or log to another");
    }

    private static RunDocument Edited(RunDocument run, RunChanges changes)
    {
        if (changes.Name is null && changes.Status is null && changes.EndedAt is null)
            return run;
        RunStatus status = changes.Status ?? run.Status;
        DateTimeOffset? end = changes.EndedAt ?? run.EndedAt;
        return run with { Name = changes.Name ?? run.Name, Status = status, EndedAt = status is RunStatus.Running or RunStatus.Scheduled ? changes.EndedAt : end };
    }

    private static RunDocument Linked(RunDocument run, RunChanges changes)
    {
        if (changes.Inputs.Count == 0 && changes.ModelInputs.Count == 0 && changes.ModelOutputs.Count == 0)
            return run;
        return run with
        {
            Inputs = Joined(run.Inputs, changes.Inputs.Select(StoredInput.Of), i => (i.Name, i.Digest)),
            ModelInputs = Joined(run.ModelInputs, changes.ModelInputs, m => m),
            ModelOutputs = Joined(run.ModelOutputs, changes.ModelOutputs, m => m),
        };
    }

    private static IReadOnlyList<T>? Joined<T, TKey>(IReadOnlyList<T>? known, IEnumerable<T> more, Func<T, TKey> key)
    {
        T[] all = [.. (known ?? []).Concat(more).DistinctBy(key)];
        return all.Length == (known?.Count ?? 0) ? known : all;
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
        foreach (MetricPoint point in points)
        {
            LatestMetric logged = LatestMetric.Of(point);
            run.Tail.Add(point.Name, logged);
            if (!run.Metrics.TryGetValue(point.Name, out LatestMetric old) || logged.IsLaterThan(old))
                run.Metrics[point.Name] = logged;
        }

        return points.Count > 0;
    }
}
