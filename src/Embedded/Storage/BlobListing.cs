namespace MlOps.Embedded.Storage;

/// <summary>
/// Walks a container in ordinal order of the paths, holding one directory a level in memory. A directory sorts as its name and
/// <c>/</c>, as its blobs do among the files beside it.
/// </summary>
internal static class BlobListing
{
    /// <param name="directory">Where to look.</param>
    /// <param name="parent">The path that stands for it: empty, or ending in <c>/</c>.</param>
    /// <param name="prefix">What the paths must begin with.</param>
    /// <param name="after">Only paths behind it.</param>
    public static IEnumerable<(string File, string Path)> Files(string directory, string parent, string prefix, string after = "")
    {
        foreach (Entry entry in Entries(directory, parent).OrderBy(entry => entry.Path, StringComparer.Ordinal))
        {
            if (!Meet(entry.Path, prefix, entry.IsDirectory) || IsPassed(entry, after))
                continue;
            if (!entry.IsDirectory)
            {
                yield return (entry.File, entry.Path);
                continue;
            }

            foreach ((string, string) below in Files(entry.File, entry.Path, prefix, after))
                yield return below;
        }
    }

    /// <summary>The files and directories of one directory; a name that goes on in a directory of its own is put together here.</summary>
    private static IEnumerable<Entry> Entries(string directory, string parent)
    {
        if (!Directory.Exists(directory))
            yield break;
        foreach (FileSystemInfo found in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            bool isDirectory = found is DirectoryInfo;
            string? name = BlobPath.Unescape(isDirectory ? found.Name.AsSpan(0, found.Name.Length - 1) : found.Name);
            if (name is null || found.Attributes.HasFlag(FileAttributes.ReparsePoint))
                continue;
            if (!isDirectory)
                yield return new(found.FullName, parent + name, false);
            else if (found.Name.EndsWith(BlobPath.DirectoryMark))
                yield return new(found.FullName, parent + name + "/", true);
            else if (found.Name.EndsWith(BlobPath.MoreMark))
                foreach (Entry rest in Entries(found.FullName, parent + name))
                    yield return rest;
        }
    }

    private static bool Meet(string path, string prefix, bool isDirectory) =>
        path.StartsWith(prefix, StringComparison.Ordinal) || (isDirectory && prefix.StartsWith(path, StringComparison.Ordinal));

    /// <summary>A directory that the place lies in is looked into: its path ends in a slash and stands before all that is in it.</summary>
    private static bool IsPassed(Entry entry, string after) =>
        string.CompareOrdinal(entry.Path, after) <= 0 && !(entry.IsDirectory && after.StartsWith(entry.Path, StringComparison.Ordinal));

    private sealed record Entry(string File, string Path, bool IsDirectory);
}
