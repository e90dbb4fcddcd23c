namespace MlOps.Contracts;

/// <summary>A fresh directory of one test, gone when the test is done.</summary>
public sealed class TempDirectory : IDisposable
{
    private const string Prefix = "mlops-test-";

    static TempDirectory() => RemoveLeft();

    public string FullPath { get; } = Directory.CreateTempSubdirectory(Prefix).FullName;

    /// <summary>A path inside; nothing is created.</summary>
    public string this[string relative] => Path.Combine(FullPath, relative);

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(FullPath))
                Directory.Delete(FullPath, recursive: true);
        }
        catch (IOException)
        {
            // Somebody who is about to end wrote into it meanwhile: what is left goes another day, and says nothing of the test.
        }
    }

    /// <summary>Tests that were killed leave theirs.</summary>
    private static void RemoveLeft()
    {
        foreach (string left in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*").Where(d => Directory.GetLastWriteTimeUtc(d) < DateTime.UtcNow.AddDays(-1)))
        {
            try
            {
                Directory.Delete(left, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process of tests is at it, or it is somebody else's.
            }
        }
    }
}
