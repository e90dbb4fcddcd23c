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
        TargetRun? copy = await places.FindAsync(run, cancellationToken);
        if (withExperiment)
            (run, copy) = (run with { IsDeleted = false }, copy is null ? null : copy with { IsDeleted = false });
        bool isWhole = copy?.Copied == run.Fingerprint();
        if (copy is { IsDeleted: true } && !run.IsDeleted)
            count.Left();
        else if (isWhole && copy!.IsDeleted == run.IsDeleted)
            count.Unchanged();
        else if (dryRun)
            count.Copied();
        else
            await CopyAsync(run, copy, isWhole, cancellationToken);
    }

    private async Task CopyAsync(MovedRun run, TargetRun? copy, bool isWhole, CancellationToken cancellationToken)
    {
        await open();
        copy ??= await places.BeginAsync(run, cancellationToken);
        if (copy.IsDeleted)
            await target.RestoreAsync(copy.Id, cancellationToken);
        if (isWhole || await FillAsync(run, copy, cancellationToken))
            count.Copied();
        if (run.IsDeleted)
            await target.DeleteAsync(copy.Id, cancellationToken);
    }

    /// <returns>Whether all of it is there now.</returns>
    private async Task<bool> FillAsync(MovedRun run, TargetRun copy, CancellationToken cancellationToken)
    {
        await target.LogPairsAsync(copy.Id, "params", run.Params, cancellationToken);
        await target.LogPairsAsync(copy.Id, "tags", await TagsAsync(run, cancellationToken), cancellationToken);
        count.Points(await target.LogPointsAsync(copy.Id, source.HistoryAsync(run, cancellationToken), cancellationToken));
        await target.LogDatasetsAsync(copy.Id, run.Datasets, cancellationToken);
        int failed = await CopyFilesAsync(run, copy, cancellationToken);
        await target.UpdateAsync(copy.Id, run, cancellationToken);
        if (failed > 0)
        {
            count.Failed(run.Id, new IOException($"{failed} of its files were not copied"));
            return false;
        }

        await target.SetTagAsync(copy.Id, MoveTags.Copied, run.Fingerprint(), cancellationToken);
        return true;
    }

    private async Task<IReadOnlyList<KeyValuePair<string, string>>> TagsAsync(MovedRun run, CancellationToken cancellationToken)
    {
        var tags = run.Tags.Where(t => !MoveTags.IsOwn(t.Key)).ToList();
        int parent = tags.FindIndex(t => t.Key == MoveTags.Parent);
        if (parent >= 0)
            tags[parent] = KeyValuePair.Create(MoveTags.Parent, await places.ParentAsync(tags[parent].Value, cancellationToken));
        tags.Add(KeyValuePair.Create(MoveTags.Run, run.Id));
        return tags;
    }

    /// <returns>How many files could not be copied.</returns>
    private async Task<int> CopyFilesAsync(MovedRun run, TargetRun copy, CancellationToken cancellationToken)
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
        catch (MlOpsException e) when (e.Code == "artifacts-elsewhere")
        {
            count.Notes.Enqueue($"run {run.Id} was copied without artifacts: {e.Message}");
        }

        return failed;
    }

    private async Task<bool> TryCopyAsync(MovedRun run, TargetRun copy, MovedFile file, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await source.OpenAsync(run, file.Path, cancellationToken);
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
