using MlOps.Domain.Experiments;

namespace MlOps.Cli.Moving;

/// <summary>
/// Finds the files of runs, logged models and traces below one folder, whatever place the database names: the same place where that is below
/// the folder, else as MLflow lays them out: <c>[experiment]/[run]/artifacts</c>, <c>[experiment]/models/[id]/artifacts</c>. Nothing outside of the folder is read: no <c>..</c>, no symbolic links.
/// </summary>
internal sealed class ArtifactFolder
{
    private static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    private readonly string _root;

    /// <exception cref="MlOpsException">NotFound <c>artifacts-folder</c>.</exception>
    public ArtifactFolder(string root)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        if (!Directory.Exists(_root))
            throw MlOpsException.NotFound("artifacts-folder", $"there is no folder {root}: give the one that holds the artifacts, mlruns or mlartifacts by habit");
    }

    /// <summary>In ordinal order of the path.</summary>
    /// <exception cref="MlOpsException">NotFound <c>artifacts-elsewhere</c>; <c>artifacts-missing</c>: there are none, or they are in another folder.</exception>
    public IEnumerable<MovedFile> Files(MovedPlace place)
    {
        if (Find(place) is not { } folder)
            return IsElsewhere(place.ArtifactUri) ? throw MlOpsException.NotFound("artifacts-elsewhere", $"the artifacts are in {place.ArtifactUri}, and not below {_root}") : throw MlOpsException.NotFound("artifacts-missing", $"{place} has no folder below {_root}");
        return Directory.EnumerateFiles(folder, "*", Below)
            .Select(f => new MovedFile(Path.GetRelativePath(folder, f).Replace(Path.DirectorySeparatorChar, '/'), new FileInfo(f).Length))
            .OrderBy(f => f.Path, StringComparer.Ordinal);
    }

    /// <exception cref="MlOpsException">NotFound <c>artifacts-missing</c>.</exception>
    public FileStream Open(MovedPlace place, string path) =>
        File.OpenRead(Path.Combine(Find(place) ?? throw MlOpsException.NotFound("artifacts-missing", $"{place} has no folder below {_root}"), path));

    private string? Find(MovedPlace place)
    {
        string[] parts = place.ArtifactUri.Split('?')[0].TrimEnd('/').Split('/');
        int depth = place.Kind == MovedKind.Run ? 3 : 4;
        string tail = string.Join('/', parts[^Math.Min(depth, parts.Length)..]);
        return new[] { NamedPlace(place.ArtifactUri), tail, $"{place.Id}/{ArtifactUris.RunFolder}" }.OfType<string>().Select(Inside).FirstOrDefault(f => f is not null);
    }

    /// <summary>Relative to the root, or absolute.</summary>
    private static string? NamedPlace(string uri) =>
        ArtifactUris.PathOf(uri) is { } proxied ? proxied
        : uri.StartsWith("file:", StringComparison.Ordinal) ? (Uri.TryCreate(uri, UriKind.Absolute, out Uri? file) ? file.LocalPath : null)
        : uri.Contains(':', StringComparison.Ordinal) ? null
        : uri;

    /// <summary>The folder, if it is one below the root that is reached without links.</summary>
    private string? Inside(string place)
    {
        string whole = Path.GetFullPath(Path.Combine(_root, place));
        if (!whole.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !Directory.Exists(whole))
            return null;
        for (var at = new DirectoryInfo(whole); at is not null && at.FullName.Length > _root.Length; at = at.Parent)
        {
            if (at.Attributes.HasFlag(FileAttributes.ReparsePoint))
                return null;
        }

        return whole;
    }

    private static bool IsElsewhere(string uri) => uri.Contains("://", StringComparison.Ordinal) && !uri.StartsWith("file:", StringComparison.Ordinal) && ArtifactUris.PathOf(uri) is null;
}
