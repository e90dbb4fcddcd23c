using Microsoft.Win32.SafeHandles;

namespace MlOps.Embedded.Storage;

/// <summary>
/// Where a blob is written before it gets its name. No container can be called <c>.tmp</c>. What a killed process left there is
/// removed at open; a file that somebody still writes is locked and stays.
/// </summary>
internal sealed class TempFiles(string root)
{
    /// <summary>Ends the second name of a blob's earlier content, while the new one is not durable yet.</summary>
    public const string Earlier = ".old";

    private readonly string _directory = Path.Combine(root, ".tmp");

    public void Clean()
    {
        Directory.CreateDirectory(_directory);
        foreach (string file in Directory.EnumerateFiles(_directory))
        {
            try
            {
                File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another writer holds or has just renamed it.
                continue;
            }
        }
    }

    public (string Name, SafeFileHandle File) Create()
    {
        string name = Path.Combine(_directory, Guid.NewGuid().ToString("N"));
        return (name, File.OpenHandle(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.Asynchronous));
    }
}
