using System.Globalization;

namespace MlOps.Embedded.Inbox;

/// <summary>Takes files out of the inbox's way, under a name of their own, so that none overwrites another.</summary>
internal sealed class InboxMoves(TimeProvider time)
{
    public void ToProcessed(FileInfo file) => File.Move(file.FullName, Target(file, InboxFiles.Processed));

    /// <summary>The reason stands beside the file, as <c>[file].error.txt</c>. A link is moved, not what it points to.</summary>
    public void ToRejected(FileInfo file, string reason)
    {
        string target = Target(file, InboxFiles.Rejected);
        File.WriteAllText(target + ".error.txt", reason + "\n");
        File.Move(file.FullName, target);
    }

    private string Target(FileInfo file, string folder)
    {
        DirectoryInfo directory = Directory.CreateDirectory(Path.Combine(file.DirectoryName!, folder));
        if (InboxFiles.IsLink(directory))
            throw new IOException($"'{directory.FullName}' is a link; remove it");
        string stamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss.fff", CultureInfo.InvariantCulture);
        string target = Path.Combine(directory.FullName, $"{stamp}-{file.Name}");
        for (int i = 2; Path.Exists(target); i++)
            target = Path.Combine(directory.FullName, $"{stamp}-{i}-{file.Name}");
        return target;
    }
}
