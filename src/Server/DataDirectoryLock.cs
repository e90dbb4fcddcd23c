namespace MlOps.Server;

/// <summary>
/// Exactly one process owns a data directory at a time. The lock is the operating system's, on an open file, so it ends with its
/// process however that ends.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    /// <summary>What an open of a locked file is answered: ERROR_SHARING_VIOLATION, and EWOULDBLOCK of Linux and of the BSDs.</summary>
    private static readonly int[] Held = [unchecked((int)0x80070020), 11, 35];

    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null when another process has it.</summary>
    /// <exception cref="MlOpsException">Invalid <c>data-directory</c>: the directory cannot be made, or not be written to.</exception>
    public static DataDirectoryLock? TryTake(DataDirectory directory)
    {
        if (File.Exists(directory.Root))
            throw MlOpsException.Invalid("data-directory", $"the data directory {directory.Root} is a file; name a folder with --data");
        try
        {
            directory.Create();
            return new DataDirectoryLock(new FileStream(directory.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (Held.Contains(e.HResult))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MlOpsException(ErrorKind.Invalid, "data-directory", $"cannot use {directory.Root} as data directory: {e.Message}; name another with --data", e);
        }
    }

    /// <exception cref="MlOpsException">Unavailable <c>data-directory-busy</c>: another process has it.</exception>
    public static DataDirectoryLock Take(DataDirectory directory) => TryTake(directory) ?? throw MlOpsException.Unavailable(
        "data-directory-busy",
        directory.ReadAnnouncement() is { Urls.Count: > 0 } owner
            ? $"the data directory {directory.Root} is served by process {owner.ProcessId} ({string.Join(", ", owner.Urls)}); stop it first or choose another with --data"
            : $"the data directory {directory.Root} is in use by another command; wait for it or choose another with --data");

    public void Dispose() => _file.Dispose();
}
