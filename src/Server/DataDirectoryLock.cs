namespace MlOps.Server;

/// <summary>
/// Exactly one process owns a data directory at a time. The lock is the operating system's, on an open file, so it ends with its
/// process however that ends.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null when another process has it.</summary>
    public static DataDirectoryLock? TryTake(DataDirectory directory)
    {
        directory.Create();
        try
        {
            return new DataDirectoryLock(new FileStream(directory.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <exception cref="MlOpsException">Unavailable <c>data-directory-busy</c>: another process has it.</exception>
    public static DataDirectoryLock Take(DataDirectory directory) => TryTake(directory) ?? throw MlOpsException.Unavailable(
        "data-directory-busy",
        directory.ReadAnnouncement() is { } owner
            ? $"the data directory {directory.Root} is served by process {owner.ProcessId} ({string.Join(", ", owner.Urls)}); stop it first or choose another with --data"
            : $"the data directory {directory.Root} is in use by another process; wait for it or choose another with --data");

    public void Dispose() => _file.Dispose();
}
