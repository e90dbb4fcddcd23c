namespace MlOps.Cli.Moving.LoggedModels;

/// <summary>
/// Copies the logged models of one experiment. They are begun before its runs, which name them as inputs and outputs, and filled when the
/// runs are there that their metrics were logged to: params, tags, metrics, files, how they ended, and last the mark that all of it is there.
/// </summary>
/// <param name="ids">Of all experiments of the move.</param>
internal sealed class LoggedModelMove(MlflowRest rest, LoggedModelTargets targets, RunLookup runs, FileMove files, ModelLookup ids, MoveCount count, bool dryRun)
{
    private const int BatchMetrics = 1_000;

    private readonly HashSet<string> _unbegun = new(StringComparer.Ordinal);

    /// <param name="runId">The id in the target of a run of this experiment.</param>
    public Task BeginAsync(MovedModel model, Func<string, Task<string>> runId, CancellationToken cancellationToken) => TryAsync(model, async () =>
    {
        if (model.Unreadable is { } why)
            throw MlOpsException.Invalid("mlflow-value", why);
        TargetModel? target = targets.Find(model);
        if (target is null && dryRun)
            return;
        target ??= await targets.BeginAsync(model, model.RunId is { } run ? await runId(run) : null, cancellationToken);
        if (target is not null)
            ids.Know(model.Id, target.Id);
    }, () => _unbegun.Add(model.Id));

    public Task FillAsync(MovedModel model, CancellationToken cancellationToken) => _unbegun.Contains(model.Id) || model.Unreadable is not null ? Task.CompletedTask : TryAsync(model, async () =>
    {
        TargetModel? target = targets.Find(model);
        if (target is null && !dryRun)
            count.Models.Left();
        else if (target is { IsHome: true } || (target is not null && await IsWholeAsync(model, target, cancellationToken)))
            count.Models.Unchanged();
        else if (dryRun || await FillAsync(model, target!, cancellationToken))
            count.Models.Copied();
    }, () => { });

    /// <summary>Whether it has all that there is to be had: also what could not be copied the last time.</summary>
    private async Task<bool> IsWholeAsync(MovedModel model, TargetModel target, CancellationToken cancellationToken)
    {
        foreach ((bool hasArtifacts, bool hasMetrics) in new[] { (true, true), (false, true), (true, false), (false, false) })
        {
            if (target.Copied == model.Mark(hasArtifacts, hasMetrics))
                return (hasArtifacts || !await files.AnyAsync(model.Place, cancellationToken)) && (hasMetrics || !await HasLateRunAsync(model, target, cancellationToken));
        }

        return false;
    }

    /// <summary>Whether a run is there now of which it has no metrics. Of one that was there it may lack some: a server may keep the latest alone.</summary>
    private async Task<bool> HasLateRunAsync(MovedModel model, TargetModel target, CancellationToken cancellationToken)
    {
        foreach (string id in model.Metrics.Select(m => m.RunId).Distinct())
        {
            if (await FindAsync(id, cancellationToken) is { } run && target.Now.Metrics.All(m => m.RunId != run.Id))
                return true;
        }

        return false;
    }

    private async Task<bool> FillAsync(MovedModel model, TargetModel target, CancellationToken cancellationToken)
    {
        await LogTextsAsync(model, target, cancellationToken);
        bool areLogged = await LogMetricsAsync(model, target, cancellationToken);
        (int failed, bool areRead) = await files.CopyAsync(model.Place, target.Now.Place, cancellationToken);
        if (failed > 0)
        {
            count.Failed(model.Place, new IOException($"{failed} of its files were not copied"));
            return false;
        }

        if (model.Status is MovedModel.Ready or MovedModel.UploadFailed && target.Now.Status != model.Status)
            await rest.PatchAsync(LoggedModelAnswers.Path(target.Id), new { ModelId = target.Id, model.Status }, cancellationToken);
        await SetTagsAsync(target, [new(MoveTags.Copied, model.Mark(areRead, areLogged))], cancellationToken);
        return true;
    }

    /// <summary>Only what is not there: MLflow's server refuses a param that it has.</summary>
    private async Task LogTextsAsync(MovedModel model, TargetModel target, CancellationToken cancellationToken)
    {
        KeyValuePair<string, string>[] tags = [.. model.ForeignTags.Where(t => target.Now.Tag(t.Key) != t.Value)];
        if (tags.Length > 0)
            await SetTagsAsync(target, tags, cancellationToken);
        KeyValuePair<string, string>[] values = [.. model.Params.Where(p => target.Now.Params.All(known => known.Key != p.Key))];
        if (values.Length > 0)
            await rest.PostAsync(LoggedModelAnswers.Path(target.Id) + "/params", new { ModelId = target.Id, Params = MoveTarget.Objects(values) }, cancellationToken);
    }

    /// <summary>To the copies of their runs, which have the points already: the same point once more is the same.</summary>
    /// <returns>False when a run is not there.</returns>
    private async Task<bool> LogMetricsAsync(MovedModel model, TargetModel target, CancellationToken cancellationToken)
    {
        HashSet<string> known = [.. target.Now.Metrics.Select(m => m.Key)];
        bool areThere = true;
        foreach (IGrouping<string, MovedModelMetric> ofRun in model.Metrics.GroupBy(m => m.RunId))
        {
            if (await FindAsync(ofRun.Key, cancellationToken) is not { } run)
            {
                count.Notes.Enqueue($"metrics of logged model {model.Id} were left out: run {ofRun.Key}, to which they were logged, is not in {rest.Name}, or deleted; once it is there, the same command copies them");
                areThere = false;
                continue;
            }

            ILookup<bool, MovedModelMetric> missing = ofRun.Where(m => !known.Contains((m with { RunId = run.Id }).Key)).ToLookup(m => double.IsNaN(m.Point.Value));
            foreach (MovedModelMetric[] some in missing[false].Chunk(BatchMetrics))
                await LogMetricsAsync(run.Id, target, some, cancellationToken);
            foreach (MovedModelMetric nan in missing[true])
                await LogNanAsync(model, run.Id, target, nan, cancellationToken);
        }

        return areThere;
    }

    /// <summary>A run of the target that takes metrics; null when it is not there, or deleted.</summary>
    private async Task<MovedRun?> FindAsync(string id, CancellationToken cancellationToken) =>
        await runs.FindAsync(id, cancellationToken) is { IsDeleted: false } run ? run : null;

    /// <summary>MLflow's server takes a point twice, but not one that is no number.</summary>
    private async Task LogNanAsync(MovedModel model, string runId, TargetModel target, MovedModelMetric nan, CancellationToken cancellationToken)
    {
        try
        {
            await LogMetricsAsync(runId, target, [nan], cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "BAD_REQUEST")
        {
            count.Notes.Enqueue($"metric '{nan.Point.Key}' of logged model {model.Id} is NaN and was left out: {rest.Name} keeps such a point once, and the run has it");
        }
    }

    private Task LogMetricsAsync(string runId, TargetModel target, MovedModelMetric[] some, CancellationToken cancellationToken)
    {
        var metrics = some.Select(m => new
        {
            m.Point.Key,
            Value = MoveTarget.Number(m.Point.Value),
            Timestamp = m.Point.Time,
            m.Point.Step,
            ModelId = target.Id,
            DatasetName = m.Dataset,
            DatasetDigest = m.Digest,
        });
        return rest.PostAsync("runs/log-batch", new { RunId = runId, Metrics = metrics }, cancellationToken);
    }

    private Task SetTagsAsync(TargetModel target, IEnumerable<KeyValuePair<string, string>> tags, CancellationToken cancellationToken) =>
        rest.PatchAsync(LoggedModelAnswers.Path(target.Id) + "/tags", new { ModelId = target.Id, Tags = MoveTarget.Objects(tags) }, cancellationToken);

    private async Task TryAsync(MovedModel model, Func<Task> work, Action whenFailed)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (Mover.IsOfOne(e))
        {
            count.Failed(model.Place, e);
            whenFailed();
        }
    }
}
