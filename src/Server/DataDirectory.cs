using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MlOps.Server;

/// <summary>
/// The folder that holds all of an embedded installation: the metadata (<c>mlops.db</c>), the blobs (<c>blobs/</c>), the
/// inbox (<c>inbox/</c>), and who is serving it now (<c>server.json</c>, for people and for the command line).
/// </summary>
public sealed class DataDirectory(string root)
{
    /// <summary>What the BSDs allow; Linux allows four bytes more.</summary>
    private const int LongestSocket = 103;

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Whether somebody has made it; an empty folder is not one yet.</summary>
    public bool Exists => File.Exists(LockFile);

    public string Database => Path.Combine(Root, "mlops.db");

    public string Blobs => Path.Combine(Root, "blobs");

    public string Inbox => Path.Combine(Root, "inbox");

    public string Announcement => Path.Combine(Root, "server.json");

    internal string LockFile => Path.Combine(Root, "lock");

    /// <summary>
    /// Where the owner listens for the command line. Not in the directory itself: the path of a socket may have about 100 bytes.
    /// </summary>
    public string Socket { get; } = Path.Combine(SocketFolder, Fingerprint(Path.GetFullPath(root)) + ".sock");

    private static string SocketFolder => Path.Combine(Path.GetTempPath(), $"mlops-{Environment.UserName}");

    /// <summary>Makes the folders, for the owner only where the system knows owners.</summary>
    internal void Create()
    {
        // One that exists already keeps the rights its owner gave it.
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Root);
        else
            Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Inbox);
        if (Encoding.UTF8.GetByteCount(Socket) > LongestSocket)
            throw MlOpsException.Invalid("socket-path-long", $"the path of the command line's socket, {Socket}, is longer than the {LongestSocket} bytes a system allows; set TMPDIR to a shorter folder");
        PrivateFolder.Create(SocketFolder);
    }

    /// <summary>Says who serves the directory; removed when the server stops.</summary>
    internal void Announce(IReadOnlyList<string> urls)
    {
        var announcement = new ServerAnnouncement(Environment.ProcessId, urls, Socket);
        string temporary = Announcement + ".tmp";
        // Some hundred bytes: less work than a wait for them.
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(announcement, AnnouncementJson.Default.ServerAnnouncement));
        File.Move(temporary, Announcement, overwrite: true);
    }

    /// <summary>Who serves the directory, as far as is announced; null when nobody does.</summary>
    public ServerAnnouncement? ReadAnnouncement()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(Announcement), AnnouncementJson.Default.ServerAnnouncement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    // Not with Convert.ToHexStringLower, which the JIT compiles for this alone in a start.
    private static string Fingerprint(string path) => string.Create(24, SHA256.HashData(Encoding.UTF8.GetBytes(path)), static (hex, hash) =>
    {
        for (int i = 0; i < hex.Length; i++)
            hex[i] = "0123456789abcdef"[(hash[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15];
    });
}

/// <summary>The process that serves a data directory, the URLs it listens on, and its local socket.</summary>
public sealed record ServerAnnouncement(int ProcessId, IReadOnlyList<string> Urls, string Socket);
