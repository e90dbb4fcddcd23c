using System.Runtime.InteropServices;

namespace MlOps.Embedded.Storage;

/// <summary>
/// Makes a created, renamed or removed name durable. .NET opens no directories, so this asks the C library; Windows keeps names
/// in its journal and needs nothing.
/// </summary>
internal static partial class DirectorySync
{
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(directory, flags: 0);
        if (handle < 0)
            throw Failed(directory);
        try
        {
            if (Fsync(handle) < 0)
                throw Failed(directory);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    /// <summary>Creates what is missing below <paramref name="root"/>, each name durable before the next; what is not is taken back.</summary>
    public static void Create(string root, string directory, Action<string> flush)
    {
        if (directory.Length <= root.Length || Directory.Exists(directory))
            return;
        string parent = Path.GetDirectoryName(directory)!;
        Create(root, parent, flush);
        Directory.CreateDirectory(directory);
        try
        {
            flush(parent);
        }
        catch (IOException)
        {
            Directory.Delete(directory);
            throw;
        }
    }

    private static IOException Failed(string directory) =>
        new($"directory '{directory}' could not be flushed: {Marshal.GetLastPInvokeErrorMessage()}");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
