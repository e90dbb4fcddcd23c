using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// All artifacts as the one tree that MLflow's clients see: below the root of a run (<see cref="ArtifactUris"/>) the run's own artifacts,
/// the same that <see cref="ExperimentTracker"/> has, of which those of pipelines are only read here; whatever else is written lies in container <c>artifact-tree</c>.
/// </summary>
public sealed class ArtifactTree
{
    internal const string Container = "artifact-tree";

    private readonly WritesUnderWay _underWay = new();
    private readonly IBlobStore _blobs;
    private readonly Func<string, CancellationToken, Task<Run?>> _findRun;
    private readonly FolderOwners _owners;
    private readonly WrittenFile _written;

    /// <param name="findRun">The run of an id, or null.</param>
    internal ArtifactTree(IBlobStore blobs, Func<string, CancellationToken, Task<Run?>> findRun, FolderOwners owners, WrittenFile written) =>
        (_blobs, _findRun, _owners, _written) = (blobs, findRun, owners, written);

    /// <summary>Stores a file; one of that path is replaced.</summary>
    /// <exception cref="MlOpsException">
    /// Invalid <c>artifact-path</c>; Conflict <c>run-deleted</c>, <c>artifact-taken</c>: there is a file where it needs a folder, or a folder
    /// of that name; Refused <c>run-of-pipeline</c>; NotFound <c>logged-model-missing</c>: it is deleted. Its run, logged model or trace went
    /// meanwhile: NotFound <c>run-missing</c>, <c>logged-model-missing</c>, <c>trace-missing</c>, <c>artifact-missing</c>, Conflict <c>run-deleted</c>.
    /// </exception>
    public async Task WriteAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        ArtifactPlace place = await WritablePlaceAsync(path, cancellationToken);
        await StoreAsync(place, path, content, cancellationToken);
        if (place.Run is { } run)
            await _written.CheckKeptAsync(run.Id, place.Path, path, isForeign: true, cancellationToken);
        else if (place.Owner is { } owner)
            await _written.CheckKeptAsync(owner, path, cancellationToken);
    }

    /// <summary>Stores a file of a trace whose writer looks by himself whether it stays.</summary>
    internal async Task WriteOwnAsync(string path, Stream content, CancellationToken cancellationToken) =>
        await StoreAsync(await PlaceAsync(path, cancellationToken), path, content, cancellationToken);

    private async Task StoreAsync(ArtifactPlace place, string path, Stream content, CancellationToken cancellationToken)
    {
        // Before the store is looked at: whoever comes later than this finds it here, until it is there.
        using IDisposable entered = _underWay.Enter($"{place.Container}/{place.Path}")
            ?? throw MlOpsException.Conflict("artifact-taken", $"'{path}' is being written as a folder, or a folder of it as a file: give one of them another name");
        await CheckWritableAsync(place, path, cancellationToken);
        await _blobs.WriteAsync(place.Container, place.Path, content, BlobWriteOptions.Default, cancellationToken);
    }

    /// <summary>A file's bytes.</summary>
    /// <exception cref="MlOpsException">NotFound <c>artifact-missing</c>; Invalid <c>artifact-path</c>.</exception>
    public async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken) => await OpenAsync(await PlaceAsync(path, cancellationToken), path, cancellationToken);

    /// <exception cref="MlOpsException">NotFound <c>artifact-missing</c>; Invalid <c>artifact-path</c>.</exception>
    public async Task<Download> DownloadAsync(string path, CancellationToken cancellationToken)
    {
        ArtifactPlace place = await PlaceAsync(path, cancellationToken);
        return await Download.OfAsync(
            await OpenAsync(place, path, cancellationToken), () => _blobs.DownloadUrlAsync(place.Container, place.Path, Download.Lifetime, place.Name, cancellationToken));
    }

    /// <summary>What lies directly in a folder, in ordinal order of the names: files, and folders of files. Empty for a file and for what is not there.</summary>
    /// <param name="folder">Empty for the root.</param>
    /// <exception cref="MlOpsException">Invalid <c>artifact-path</c>.</exception>
    public async Task<IReadOnlyList<ArtifactEntry>> ListAsync(string folder, CancellationToken cancellationToken)
    {
        ArtifactPlace place = await PlaceAsync(folder, cancellationToken);
        var entries = new List<ArtifactEntry>();
        var folders = new HashSet<string>(StringComparer.Ordinal);
        await foreach (BlobInfo blob in _blobs.ListAsync(place.Container, place.Prefix, cancellationToken))
        {
            string rest = blob.Path[place.Prefix.Length..];
            int slash = rest.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                entries.Add(new ArtifactEntry(rest, blob.Size));
            else if (folders.Add(rest[..slash]))
                entries.Add(new ArtifactEntry(rest[..slash], null));
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    /// <summary>Removes a file, or a folder with all that is in it; nothing happens when there is neither.</summary>
    /// <exception cref="MlOpsException">Invalid <c>artifact-path</c>, also for the root: nobody means everything.</exception>
    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        ArtifactPlace place = await PlaceAsync(ArtifactPath.Check(path), cancellationToken);
        if (place.Run is { } run)
            RunUpdates.CheckForeign(run.Id, run.Lineage);
        if (!place.IsRunRoot && await _blobs.DeleteAsync(place.Container, place.Path, null, cancellationToken))
            return;
        List<BlobInfo> inside = await _blobs.ListAsync(place.Container, place.Prefix, cancellationToken).ToListAsync(cancellationToken);
        foreach (BlobInfo blob in inside)
            await _blobs.DeleteAsync(place.Container, blob.Path, null, cancellationToken);
    }

    /// <summary>Whether there is a file.</summary>
    /// <exception cref="MlOpsException">Invalid <c>artifact-path</c>.</exception>
    public async Task<bool> ExistsAsync(string path, CancellationToken cancellationToken)
    {
        ArtifactPlace place = await PlaceAsync(path, cancellationToken);
        return await _blobs.FindAsync(place.Container, place.Path, cancellationToken) is not null;
    }

    /// <summary>Whether <see cref="WriteAsync"/> may: to be asked before much is sent.</summary>
    /// <inheritdoc cref="WriteAsync" path="/exception"/>
    public async Task CheckWritableAsync(string path, CancellationToken cancellationToken) => await CheckWritableAsync(await WritablePlaceAsync(ArtifactPath.Check(path), cancellationToken), path, cancellationToken);

    private async Task CheckWritableAsync(ArtifactPlace place, string path, CancellationToken cancellationToken)
    {
        if (place.Run is { } run)
        {
            if (run.DeletedAt is not null)
                throw MlOpsException.Conflict("run-deleted", $"run '{run.Id}' is deleted: restore it, or log to another");
            RunUpdates.CheckForeign(run.Id, run.Lineage);
        }

        if (place.Owner is { IsDeleted: true } owner)
            throw owner.Missing("is deleted: log to another");
        if (place.IsRunRoot)
            throw MlOpsException.Invalid("artifact-path", $"'{path}' is the folder of run '{place.Run!.Id}': name a file in it");
        await CheckFoldersAsync(place, path, cancellationToken);
    }

    /// <summary>Of a file and a folder of one name a client that downloads what they are in could have only one.</summary>
    private async Task CheckFoldersAsync(ArtifactPlace place, string path, CancellationToken cancellationToken)
    {
        foreach (string folder in WritesUnderWay.FoldersOf(place.Path))
        {
            if (await _blobs.FindAsync(place.Container, folder, cancellationToken) is not null)
                throw MlOpsException.Conflict("artifact-taken", $"'{folder[(folder.LastIndexOf('/') + 1)..]}' in '{path}' is a file: delete it, or give the folder another name");
        }

        if (await _blobs.ListAsync(place.Container, place.Prefix, cancellationToken).AnyAsync(cancellationToken))
            throw MlOpsException.Conflict("artifact-taken", $"'{path}' is a folder: delete it, or give the file another name");
    }

    private async Task<Stream> OpenAsync(ArtifactPlace place, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await _blobs.OpenReadAsync(place.Container, place.Path, null, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "blob-missing")
        {
            throw MlOpsException.NotFound("artifact-missing", $"No such artifact: '{path}'");
        }
    }

    /// <summary>As <see cref="DeleteAsync"/>, where nothing happens either when it is no path at which anything could be.</summary>
    internal async Task RemoveFolderAsync(string? path, CancellationToken cancellationToken)
    {
        try
        {
            if (path is not null)
                await DeleteAsync(path, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "artifact-path")
        {
        }
    }

    private async Task<ArtifactPlace> WritablePlaceAsync(string path, CancellationToken cancellationToken)
    {
        ArtifactPlace place = await PlaceAsync(path, cancellationToken);
        return place.Run is null ? place with { Owner = await _owners.FindAsync(path, cancellationToken) } : place;
    }

    private async Task<ArtifactPlace> PlaceAsync(string path, CancellationToken cancellationToken)
    {
        if (path.Length == 0)
            return new ArtifactPlace(Container, "", null, false);
        string[] parts = ArtifactPath.Check(path).Split('/');
        for (int i = 1; i < parts.Length; i++)
        {
            if (parts[i] != ArtifactUris.RunFolder || !TrackingLimits.IsRunId(parts[i - 1]) || await _findRun(parts[i - 1], cancellationToken) is not { } run)
                continue;
            if (ArtifactUris.PathOf(ArtifactUris.OfRun(run)) == string.Join('/', parts[..(i + 1)]))
                return new ArtifactPlace(RunArtifacts.Container, string.Join('/', [run.Id, .. parts[(i + 1)..]]), run, i + 1 == parts.Length);
        }

        return new ArtifactPlace(Container, path, null, false);
    }

    /// <param name="Path">Of a blob, or of a folder of blobs.</param>
    private sealed record ArtifactPlace(string Container, string Path, Run? Run, bool IsRunRoot)
    {
        /// <summary>Of a file that is written and is no run's.</summary>
        public FolderOwner? Owner { get; init; }

        public string Prefix => Path.Length == 0 ? "" : Path + "/";

        public string Name => Path[(Path.LastIndexOf('/') + 1)..];
    }
}

/// <summary>What a folder holds.</summary>
/// <param name="Size">Bytes of a file; null of a folder.</param>
public sealed record ArtifactEntry(string Name, long? Size);
