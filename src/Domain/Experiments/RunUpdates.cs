using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlOps.Domain.Experiments;

/// <summary>What logging does to a run's document: pure functions that return null when nothing changes.</summary>
internal static class RunUpdates
{
    private const string LoggedModelsTag = "mlflow.log-model.history";

    public static RunDocument? Apply(RunDocument run, RunChanges changes)
    {
        CheckActive(run);
        if (changes.IsForeign && IsEvidence(changes))
            CheckForeign(run.Id, run.Lineage);
        CheckParams(run, changes.Params);
        // Each of them must be applied, hence no short-circuit.
        bool changed = AddParams(run, changes.Params) | SetTags(run, changes.Tags) | AddModel(run, changes.LoggedModel) | AddMetrics(run, changes.Metrics);
        RunDocument after = Linked(Edited(run, changes), changes);
        return changed || after != run ? after : null;
    }

    /// <summary>Deletes or, with null, restores.</summary>
    public static RunDocument? Delete(RunDocument run, DateTimeOffset? at, bool isForeign = false)
    {
        if (isForeign && at is not null && run.Status is (RunStatus.Running or RunStatus.Scheduled))
            CheckForeign(run.Id, run.Lineage);
        if (at is null && run.PurgedAt is not null)
            throw MlOpsException.Conflict("run-purged", $"run '{run.Id}' is being removed for good since {run.PurgedAt:u}: it can no longer be restored");
        return run.DeletedAt is null == at is null ? null : run with { DeletedAt = at };
    }

    public static void CheckActive(RunDocument run)
    {
        if (run.DeletedAt is not null || run.PurgedAt is not null)
            throw MlOpsException.Conflict("run-deleted", $"run '{run.Id}' is deleted: restore it, or log to another");
    }

    /// <exception cref="MlOpsException">Refused <c>run-of-pipeline</c>.</exception>
    public static void CheckForeign(string runId, RunLineage lineage)
    {
        if (lineage.PipelineRun is { } pipeline)
            throw MlOpsException.Refused("run-of-pipeline", $"run '{runId}' is one of pipeline run '{pipeline}', whose gates rely on what it logged: log to a run of your own; its name and tags may be changed");
    }

    private static bool IsEvidence(RunChanges changes) =>
        changes.Params.Count > 0 || changes.Metrics.Count > 0 || changes.Status is not null || changes.EndedAt is not null
        || changes.Inputs.Count > 0 || changes.ModelInputs.Count > 0 || changes.ModelOutputs.Count > 0;

    private static bool AddModel(RunDocument run, string? model)
    {
        if (model is null)
            return false;
        JsonArray history = run.Tags.TryGetValue(LoggedModelsTag, out string? known) ? Parsed(known) : [];
        JsonNode added = JsonNode.Parse(model)!;
        if (history.Any(m => JsonNode.DeepEquals(m, added)))
            return false;
        history.Add(added);
        run.Tags[LoggedModelsTag] = history.ToJsonString();
        return true;
    }

    /// <summary>What somebody else wrote into the tag is no list, and is replaced.</summary>
    private static JsonArray Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonArray ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
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
            run.Metrics.Log(point.Name, logged);
        }

        return points.Count > 0;
    }
}
