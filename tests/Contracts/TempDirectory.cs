namespace MlOps.Contracts;

/// <summary>A fresh directory of one test, gone when the test is done.</summary>
public sealed class TempDirectory : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("mlops-test-").FullName;

    /// <summary>A path inside; nothing is created.</summary>
    public string this[string relative] => Path.Combine(FullPath, relative);

    public void Dispose()
    {
        if (Directory.Exists(FullPath))
            Directory.Delete(FullPath, recursive: true);
    }
}
