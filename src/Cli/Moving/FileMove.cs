namespace MlOps.Cli.Moving;

/// <summary>Copies the artifacts of one place to another: those that are not there with the same size.</summary>
internal sealed class FileMove(IMoveSource source, RestFiles target, MoveCount count)
{
    /// <returns>How many files could not be copied, and whether the source could read where they are.</returns>
    public async Task<(int Failed, bool AreRead)> CopyAsync(MovedPlace from, MovedPlace to, CancellationToken cancellationToken)
    {
        int failed = 0;
        Dictionary<string, long>? there = null;
        try
        {
            await foreach (MovedFile file in source.FilesAsync(from, cancellationToken))
            {
                there ??= await target.ListAsync(to, cancellationToken).ToDictionaryAsync(f => f.Path, f => f.Size ?? 0, StringComparer.Ordinal, cancellationToken);
                if (!there.TryGetValue(file.Path, out long size) || size != (file.Size ?? 0))
                    failed += await TryCopyAsync(from, to, file, cancellationToken) ? 0 : 1;
            }
        }
        catch (MlOpsException e) when (AreAway(e))
        {
            Tell(from, e);
            return (failed, false);
        }

        return (failed, source.HasArtifacts);
    }

    /// <summary>Whether there is one that can be read now.</summary>
    public async Task<bool> AnyAsync(MovedPlace from, CancellationToken cancellationToken)
    {
        try
        {
            return await source.FilesAsync(from, cancellationToken).AnyAsync(cancellationToken);
        }
        catch (MlOpsException e) when (AreAway(e))
        {
            Tell(from, e);
            return false;
        }
    }

    private static bool AreAway(MlOpsException e) => e.Code is "artifacts-elsewhere" or "artifacts-missing";

    private void Tell(MovedPlace place, MlOpsException e)
    {
        if (e.Code == "artifacts-missing")
            count.WithoutFolder(place.Kind);
        else
            count.Notes.Enqueue($"{place} was copied without artifacts: {e.Message}");
    }

    private async Task<bool> TryCopyAsync(MovedPlace from, MovedPlace to, MovedFile file, CancellationToken cancellationToken)
    {
        try
        {
            await using MovedContent content = await source.OpenAsync(from, file.Path, cancellationToken);
            await target.UploadAsync(to, file.Path, content, cancellationToken);
            count.File(file.Size ?? 0);
            return true;
        }
        catch (Exception e) when (e is (MlOpsException and not { Code: "artifacts-elsewhere" }) or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            count.Problem(from, file.Path, e);
            return false;
        }
    }
}
