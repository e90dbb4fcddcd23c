using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace MlOps.Server;

/// <summary>A folder that only this user can enter, below one that everybody can write to (the temporary directory).</summary>
internal static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <exception cref="MlOpsException">Refused <c>socket-folder-open</c>: another user made it, or can enter it.</exception>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            // The temporary directory is the user's own there.
            Directory.CreateDirectory(folder);
            return;
        }

        Directory.CreateDirectory(folder, OwnerOnly);
        if (new DirectoryInfo(folder).LinkTarget is not null || File.GetUnixFileMode(folder) != OwnerOnly || !IsOwn(folder))
        {
            throw MlOpsException.Refused(
                "socket-folder-open",
                $"the folder {folder} belongs to another user or may be entered by others, so the command line's socket would not be safe in it; remove it, make it yours alone (chmod 700), or set TMPDIR to a folder of yours");
        }
    }

    /// <summary>The mode of a file can be set by its owner only, and by root: for root, Linux is asked whose it is.</summary>
    [UnsupportedOSPlatform("windows")]
    private static bool IsOwn(string folder)
    {
        try
        {
            File.SetUnixFileMode(folder, OwnerOnly);
            return !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || OwnerOf(folder) is null or 0;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The user id of a file's owner; null where the system cannot say (a C library before statx).</summary>
    private static uint? OwnerOf(string path)
    {
        const int CurrentFolder = -100, NoFollow = 0x100, WantUser = 0x8, UserAt = 20;
        byte[] facts = new byte[256];
        try
        {
            return StatX(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), NoFollow, WantUser, facts) == 0 ? BitConverter.ToUInt32(facts, UserAt) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int folder, byte[] path, int flags, uint mask, [Out] byte[] facts);
}
