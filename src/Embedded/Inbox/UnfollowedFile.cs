using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MlOps.Embedded.Inbox;

/// <summary>
/// Opens a plain file for reading and follows no link, also when one was put in its place after somebody looked. .NET has no such
/// option, so this asks the system. Only the last name matters: the folders above belong to the owner of the data directory.
/// </summary>
internal static class UnfollowedFile
{
    private const uint GenericRead = 0x8000_0000;
    private const uint OpenExisting = 3;
    private const uint OpenReparsePoint = 0x0020_0000;

    /// <exception cref="IOException">It is a link, a pipe or a device, or cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        SafeFileHandle file = OperatingSystem.IsWindows() ? OpenOnWindows(path) : OpenOnUnix(path);
        try
        {
            var stream = new FileStream(file, FileAccess.Read);
            return stream.CanSeek ? stream : throw new IOException($"'{path}' is no plain file");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenOnUnix(string path)
    {
        int file = Open(path, UnixFlags);
        return file >= 0 ? new SafeFileHandle(file, ownsHandle: true) : throw Failed(path);
    }

    /// <summary>O_RDONLY, O_NOFOLLOW, O_CLOEXEC, and O_NONBLOCK, without which a pipe would be waited for.</summary>
    private static int UnixFlags => (OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture) switch
    {
        (true, Architecture.Arm or Architecture.Arm64 or Architecture.Ppc64le) => 0x8000 | 0x8_0000 | 0x800,
        (true, _) => 0x2_0000 | 0x8_0000 | 0x800,
        _ => 0x100 | 0x100_0000 | 0x4,
    };

    private static SafeFileHandle OpenOnWindows(string path)
    {
        SafeFileHandle file = CreateFile(path, GenericRead, FileShare.Read, 0, OpenExisting, OpenReparsePoint, 0);
        if (!file.IsInvalid && !File.GetAttributes(file).HasFlag(FileAttributes.ReparsePoint))
            return file;
        IOException failed = file.IsInvalid ? Failed(path) : new IOException($"'{path}' is a link");
        file.Dispose();
        throw failed;
    }

    private static IOException Failed(string path) => new($"'{path}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, CharSet = CharSet.Unicode)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern SafeFileHandle CreateFile(string path, uint access, FileShare share, nint security, uint disposition, uint flags, nint template);
}
