namespace MlOps.Embedded.Inbox;

/// <summary>
/// Which files of the inbox may be read. Only plain files straight in a data set's folder: nothing is followed that leads out of
/// the inbox, and names that writers use for unfinished files are left alone.
/// </summary>
internal static class InboxFiles
{
    public const string Processed = "processed";
    public const string Rejected = "rejected";

    private static readonly string[] UnfinishedEndings = [".tmp", ".part", ".partial", ".crdownload", ".swp", "~"];

    public static IEnumerable<DirectoryInfo> Folders(DirectoryInfo inbox) =>
        inbox.EnumerateDirectories().Where(d => !IsHidden(d)).OrderBy(d => d.Name, StringComparer.Ordinal);

    /// <summary>Oldest first, so that versions follow the order in which files came.</summary>
    public static IEnumerable<FileInfo> Candidates(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(f => !IsHidden(f) && !IsUnfinished(f)).OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal);

    public static bool IsLink(FileSystemInfo entry) => entry.LinkTarget is not null;

    private static bool IsHidden(FileSystemInfo entry) => entry.Name.StartsWith('.');

    private static bool IsUnfinished(FileInfo file) => UnfinishedEndings.Any(e => file.Name.EndsWith(e, StringComparison.OrdinalIgnoreCase));
}
