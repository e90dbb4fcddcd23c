using System.Runtime.InteropServices;

namespace MlOps.Server;

/// <summary>
/// Memory of the C library, of which the compiler of methods, SQLite and TLS take and give back much: on Linux glibc keeps what is given back
/// for whoever asks next, a tenth of a server's memory after its first minute.
/// </summary>
internal static class NativeMemory
{
    private static volatile bool s_isKnown = OperatingSystem.IsLinux();

    /// <summary>Gives what is free back to the system; nothing happens where the C library has no such thing. Takes about a millisecond.</summary>
    public static void Trim()
    {
        if (!s_isKnown)
            return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl, which gives back by itself.
            s_isKnown = false;
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint pad);
}
