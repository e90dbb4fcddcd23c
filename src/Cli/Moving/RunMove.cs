namespace MlOps.Cli.Moving;

/// <summary>
/// Copies one run: params, tags, histories, data sets, files, then how it ended, and last the mark that all of it is there. Each step may be
/// repeated, so one that was broken off is done again from the beginning.
/// </summary>
/// <param name="withExperiment">The experiment is deleted, and with it all its runs: nobody can tell which were by themselves.</param>
/// <param name="open">Makes the target experiment take runs, when it is deleted.</param>
internal sealed class RunMove(MoveShared shared, MoveTarget target, IRunPlaces places, FileMove files, MoveCount count, bool withExperiment, Func<Task> open)
{
    public async Task CopyAsync(MovedRun run, CancellationToken cancellationToken)
    {
        if (run.Unreadable is { } why)
            throw MlOpsException.Invalid("mlflow-value", why);
        TargetRun? copy = await places.FindAsync(run, cancellationToken);
        if (withExperiment)
            (run, copy) = (run with { IsDeleted = false }, copy is null ? null : copy with { IsDeleted = false });
        if (copy is { IsHome: true })
            count.Runs.Unchanged();
        else if (copy is { IsDeleted: true } && !run.IsDeleted)
            count.Runs.Left();
        else if (copy is { IsDeleted: false, IsChanged: true } && run.IsDeleted)
            Keep(run);
        else
            await CopyAsync(run, copy, cancellationToken);
    }

    private void Keep(MovedRun run)
    {
        count.Notes.Enqueue($"the copy of run {run.Id} stays, though the run was deleted in {shared.Source.Name}: the copy was changed since");
        count.Runs.Unchanged();
    }

    private async Task CopyAsync(MovedRun run, TargetRun? copy, CancellationToken cancellationToken)
    {
        bool lacksFiles = copy?.Copied == run.MarkWithoutArtifacts;
        bool isWhole = copy?.Copied == run.Fingerprint() || (lacksFiles && !await files.AnyAsync(run.Place, cancellationToken));
        if (isWhole && copy!.IsDeleted == run.IsDeleted)
            count.Runs.Unchanged();
        else if (shared.Plan.DryRun)
            count.Runs.Copied();
        else
            await CopyAsync(run, copy, isWhole, lacksFiles, cancellationToken);
    }

    private async Task CopyAsync(MovedRun run, TargetRun? copy, bool isWhole, bool lacksFiles, CancellationToken cancellationToken)
    {
        await open();
        copy ??= await places.BeginAsync(run, cancellationToken);
        if (copy.IsDeleted)
            await target.RestoreAsync(copy.Id, cancellationToken);
        if (isWhole || await FillAsync(run, copy, lacksFiles, cancellationToken))
            count.Runs.Copied();
        if (run.IsDeleted)
            await target.DeleteAsync(copy.Id, cancellationToken);
    }

    /// <param name="lacksFiles">All else is there.</param>
    /// <returns>Whether it is there now, be it without artifacts that cannot be read.</returns>
    private async Task<bool> FillAsync(MovedRun run, TargetRun copy, bool lacksFiles, CancellationToken cancellationToken)
    {
        if (!lacksFiles)
            await LogAsync(run, copy, cancellationToken);
        (int failed, bool areRead) = await files.CopyAsync(run.Place, copy.Place, cancellationToken);
        if (!lacksFiles)
            await target.UpdateAsync(copy.Id, run, cancellationToken);
        if (failed > 0)
        {
            count.Failed(run.Place, new IOException($"{failed} of its files were not copied"));
            return false;
        }

        await target.MarkAsync(copy, areRead ? run.Fingerprint() : run.MarkWithoutArtifacts, cancellationToken);
        return true;
    }

    private async Task LogAsync(MovedRun run, TargetRun copy, CancellationToken cancellationToken)
    {
        await target.LogPairsAsync(copy.Id, "params", run.Params, cancellationToken);
        await target.LogPairsAsync(copy.Id, "tags", await TagsAsync(run, cancellationToken), cancellationToken);
        count.Points(await target.LogPointsAsync(copy.Id, shared.Source.HistoryAsync(run, cancellationToken), cancellationToken));
        await target.LogDatasetsAsync(copy.Id, run.Datasets, cancellationToken);
        await LinkAsync(run, copy, cancellationToken);
    }

    /// <summary>To logged models; one that was not copied, because it was deleted, is left out.</summary>
    private async Task LinkAsync(MovedRun run, TargetRun copy, CancellationToken cancellationToken)
    {
        var inputs = new List<string>();
        foreach (string model in await shared.Source.ModelInputsAsync(run, cancellationToken))
        {
            if (await shared.Models.FindAsync(model, cancellationToken) is { } id)
                inputs.Add(id);
        }

        var outputs = new List<MovedOutput>();
        foreach (MovedOutput model in run.ModelOutputs)
        {
            if (await shared.Models.FindAsync(model.ModelId, cancellationToken) is { } id)
                outputs.Add(model with { ModelId = id });
        }

        await target.LinkModelsAsync(copy.Id, inputs, outputs, cancellationToken);
    }

    private async Task<IReadOnlyList<KeyValuePair<string, string>>> TagsAsync(MovedRun run, CancellationToken cancellationToken)
    {
        var tags = run.Tags.Where(t => !MoveTags.IsOwn(t.Key)).ToList();
        int parent = tags.FindIndex(t => t.Key == MoveTags.Parent);
        if (parent >= 0)
            tags[parent] = KeyValuePair.Create(MoveTags.Parent, await places.IdAsync(tags[parent].Value, run.ExperimentId, cancellationToken));
        tags.Add(KeyValuePair.Create(MoveTags.Run, run.Id));
        return tags;
    }
}
