namespace MlOps.Domain.Experiments;

/// <summary>A logged model or a trace, whose files lie in a folder of the artifact tree.</summary>
/// <param name="What">What it is, for messages; and, with dashes, for codes.</param>
/// <param name="Folder">In the tree; null where its files are elsewhere.</param>
internal sealed record FolderOwner(string What, string Id, string? Folder, bool IsDeleted)
{
    /// <param name="how">What became of it, and what to do.</param>
    public MlOpsException Missing(string how) => MlOpsException.NotFound($"{What.Replace(' ', '-')}-missing", $"{What} '{Id}' {how}");
}

/// <summary>Finds by a path in the artifact tree whose folder it is in, where that is not a run's. A folder of nobody is for clients to write to as they like.</summary>
/// <param name="findModel">The logged model of an id, also a deleted one, or null.</param>
/// <param name="findTrace">The trace of an id, or null.</param>
internal sealed class FolderOwners(Func<string, CancellationToken, Task<FolderOwner?>> findModel, Func<string, CancellationToken, Task<FolderOwner?>> findTrace)
{
    public async Task<FolderOwner?> FindAsync(string path, CancellationToken cancellationToken)
    {
        string[] parts = path.Split('/');
        for (int i = 2; i < parts.Length; i++)
        {
            if (parts[i] == ArtifactUris.RunFolder && FinderOf(parts[i - 2]) is { } find && await find(parts[i - 1], cancellationToken) is { } owner
                && owner.Folder == string.Join('/', parts[..(i + 1)]))
                return owner;
        }

        return null;
    }

    private Func<string, CancellationToken, Task<FolderOwner?>>? FinderOf(string folder) => folder switch
    {
        ArtifactUris.ModelFolder => findModel,
        ArtifactUris.TraceFolder => findTrace,
        _ => null,
    };
}
