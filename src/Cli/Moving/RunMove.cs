namespace MlOps.Cli.Moving;

/// <summary>
/// Copies one run: params, tags, histories, data sets, files, then how it ended, and last the mark that all of it is there. Each step may be
/// repeated, so one that was broken off is done again from the beginning.
/// </summary>
/// <param name="withExperiment">The experiment is deleted, and with it all its runs: nobody can tell which were by themselves.</param>
/// <param name="open">Makes the target experiment take runs, when it is deleted.</param>
internal sealed class RunMove(IMoveSource source, MoveTarget target, IRunPlaces places, MoveCount count, bool dryRun, bool withExperiment, Func<Task> open)
{
    public async Task CopyAsync(MovedRun run, CancellationToken cancellationToken)
    {
        if (run.Unreadable is { } why)
            throw MlOpsException.Invalid("mlflow-value", why);
        TargetRun? copy = await places.FindAsync(run, cancellationToken);
        if (withExperiment)
            (run, copy) = (run with { IsDeleted = false }, copy is null ? null : copy with { IsDeleted = false });
        if (copy is { IsHome: true })
            count.Unchanged();
        else if (copy is { IsDeleted: true } && !run.IsDeleted)
            count.Left();
        else if (copy is { IsDeleted: false, IsChanged: true } && run.IsDeleted)
            Keep(run);
        else
            await CopyAsync(run, copy, cancellationToken);
    }

    private void Keep(MovedRun run)
    {
        count.Notes.Enqueue($"the copy of run {run.Id} stays, though the run was deleted in {source.Name}: the copy was changed since");
        count.Unchanged();
    }

    private async Task CopyAsync(MovedRun run, TargetRun? copy, CancellationToken cancellationToken)
    {
        bool lacksFiles = copy?.Copied == run.MarkWithoutArtifacts;
        bool isWhole = copy?.Copied == run.Fingerprint() || (lacksFiles && !await HasFilesAsync(run, cancellationToken));
        if (isWhole && copy!.IsDeleted == run.IsDeleted)
            count.Unchanged();
        else if (dryRun)
            count.Copied();
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
            count.Copied();
        if (run.IsDeleted)
            await target.DeleteAsync(copy.Id, cancellationToken);
    }

    /// <param name="lacksFiles">All else is there.</param>
    /// <returns>Whether it is there now, be it without artifacts that cannot be read.</returns>
    private async Task<bool> FillAsync(MovedRun run, TargetRun copy, bool lacksFiles, CancellationToken cancellationToken)
    {
        if (!lacksFiles)
            await LogAsync(run, copy, cancellationToken);
        (int failed, bool areRead) = await CopyFilesAsync(run, copy, cancellationToken);
        if (!lacksFiles)
            await target.UpdateAsync(copy.Id, run, cancellationToken);
        if (failed > 0)
        {
            count.Failed(run.Id, new IOException($"{failed} of its files were not copied"));
            return false;
        }

        await target.MarkAsync(copy, areRead ? run.Fingerprint() : run.MarkWithoutArtifacts, cancellationToken);
        return true;
    }

    private async Task LogAsync(MovedRun run, TargetRun copy, CancellationToken cancellationToken)
    {
        await target.LogPairsAsync(copy.Id, "params", run.Params, cancellationToken);
        await target.LogPairsAsync(copy.Id, "tags", await TagsAsync(run, cancellationToken), cancellationToken);
        count.Points(await target.LogPointsAsync(copy.Id, source.HistoryAsync(run, cancellationToken), cancellationToken));
        await target.LogDatasetsAsync(copy.Id, run.Datasets, cancellationToken);
    }

    private async Task<IReadOnlyList<KeyValuePair<string, string>>> TagsAsync(MovedRun run, CancellationToken cancellationToken)
    {
        var tags = run.Tags.Where(t => !MoveTags.IsOwn(t.Key)).ToList();
        int parent = tags.FindIndex(t => t.Key == MoveTags.Parent);
        if (parent >= 0)
            tags[parent] = KeyValuePair.Create(MoveTags.Parent, await places.ParentAsync(run, tags[parent].Value, cancellationToken));
        tags.Add(KeyValuePair.Create(MoveTags.Run, run.Id));
        return tags;
    }

    /// <returns>How many files could not be copied, and whether the source could read where they are.</returns>
    private async Task<(int Failed, bool AreRead)> CopyFilesAsync(MovedRun run, TargetRun copy, CancellationToken cancellationToken)
    {
        int failed = 0;
        IReadOnlyDictionary<string, long>? there = null;
        try
        {
            await foreach (MovedFile file in source.FilesAsync(run, cancellationToken))
            {
                there ??= await target.FilesAsync(copy, cancellationToken);
                if (!there.TryGetValue(file.Path, out long size) || size != (file.Size ?? 0))
                    failed += await TryCopyAsync(run, copy, file, cancellationToken) ? 0 : 1;
            }
        }
        catch (MlOpsException e) when (AreAway(e))
        {
            Tell(run, e);
            return (failed, false);
        }

        return (failed, source.HasArtifacts);
    }

    /// <summary>Whether there is one that can be read now.</summary>
    private async Task<bool> HasFilesAsync(MovedRun run, CancellationToken cancellationToken)
    {
        try
        {
            return await source.FilesAsync(run, cancellationToken).AnyAsync(cancellationToken);
        }
        catch (MlOpsException e) when (AreAway(e))
        {
            Tell(run, e);
            return false;
        }
    }

    private static bool AreAway(MlOpsException e) => e.Code is "artifacts-elsewhere" or "artifacts-missing";

    private void Tell(MovedRun run, MlOpsException e)
    {
        if (e.Code == "artifacts-missing")
            count.WithoutFolder();
        else
            count.Notes.Enqueue($"run {run.Id} was copied without artifacts: {e.Message}");
    }

    private async Task<bool> TryCopyAsync(MovedRun run, TargetRun copy, MovedFile file, CancellationToken cancellationToken)
    {
        try
        {
            await using MovedContent content = await source.OpenAsync(run, file.Path, cancellationToken);
            await target.UploadAsync(copy, file.Path, content, cancellationToken);
            count.File(file.Size ?? 0);
            return true;
        }
        catch (Exception e) when (e is (MlOpsException and not { Code: "artifacts-elsewhere" }) or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            count.Problem(run.Id, file.Path, e);
            return false;
        }
    }
}
