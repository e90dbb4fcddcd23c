using Microsoft.Win32.SafeHandles;

namespace MlOps.Embedded.Storage;

/// <summary>Where the file of a blob stands, and how it is opened: never through a symbolic link, never outside the root.</summary>
internal sealed class BlobFiles(string root)
{
    private const FileAttributes Absent = (FileAttributes)(-1);

    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    public string File(string container, string path) => Path.Combine([Root, container, .. BlobPath.Names(path)]);

    /// <param name="path">Empty for the container itself, or ending in <c>/</c>.</param>
    public string Folder(string container, string path) => Path.GetDirectoryName(File(container, path + "x"))!;

    /// <summary>Null when there is no such file.</summary>
    public SafeFileHandle? Open(string file)
    {
        RefuseLinks(file);
        return OpenSeen(file);
    }

    /// <summary>As <see cref="Open"/>, of a file that was just found in a walk, which passes links over: it need not be looked for again, name by name.</summary>
    public static SafeFileHandle? OpenSeen(string file)
    {
        try
        {
            return System.IO.File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <exception cref="MlOpsException">Refused <c>blob-path</c>: something between the root and the file is a symbolic link.</exception>
    public void RefuseLinks(string file)
    {
        for (string at = file; at.Length > Root.Length; at = Path.GetDirectoryName(at)!)
        {
            // Asked once: another writer may make the folder meanwhile, and what is not there has all attributes.
            var entry = new FileInfo(at);
            FileAttributes attributes = entry.Attributes;
            if (attributes == Absent ? entry.LinkTarget is not null : attributes.HasFlag(FileAttributes.ReparsePoint))
                throw MlOpsException.Refused("blob-path", $"'{at}' is a symbolic link: a blob store holds real files only; remove the link");
        }
    }
}
