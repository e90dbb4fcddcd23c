using System.Runtime.InteropServices;

namespace MlOps.Embedded.Storage;

/// <summary>
/// How SQLite waits. The library that comes with the packages is compiled without <c>usleep</c>, so that it waits for whole seconds: also the
/// microseconds for which a reader gives way to a writer that is just changing the log's index, so that of eight clients which log at once
/// one or the other stood still for a second. (sqlite.org: <c>sqlite3_vfs</c>, <c>xSleep</c>; the reader's waits are in wal.c, walTryBeginRead.)
/// </summary>
internal static class SqliteSleep
{
    /// <summary>Pointers of the structure before <c>xSleep</c>: pNext, zName, pAppData and the nine functions from xOpen to xRandomness.</summary>
    private const int PointersBefore = 12;

    // Kept: SQLite calls it as long as the process lives.
    private static readonly Sleep s_sleep = WaitFor;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Sleep(nint vfs, int microseconds);

    /// <summary>To be called once, before a file is opened. Nothing happens on Windows, whose SQLite can wait for milliseconds.</summary>
    public static void Install()
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            nint vfs = FindVfs(0);
            // The structure begins with three numbers of four bytes.
            int pointers = (12 + nint.Size - 1) / nint.Size * nint.Size;
            if (vfs != 0)
                Marshal.WriteIntPtr(vfs, pointers + (PointersBefore * nint.Size), Marshal.GetFunctionPointerForDelegate(s_sleep));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another build of SQLite, which waits in its own way.
        }
    }

    /// <returns>Microseconds.</returns>
    private static int WaitFor(nint vfs, int microseconds)
    {
        if (microseconds < 1_000)
            Thread.Yield();
        else
            Thread.Sleep(microseconds / 1_000);
        return microseconds;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern nint FindVfs(nint name);
}
