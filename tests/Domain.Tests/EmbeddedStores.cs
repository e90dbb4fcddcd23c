using MlOps.Contracts;
using MlOps.Embedded.Storage;

namespace MlOps.Domain.Tests;

/// <summary>The embedded stores over a fresh directory and a clock that a test moves.</summary>
internal sealed class EmbeddedStores : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();

    public EmbeddedStores()
    {
        Tables = new SqliteEntityTable(_directory["entities.db"], Time);
        Blobs = new FileBlobStore(_directory["blobs"], Time);
    }

    public ManualTimeProvider Time { get; } = new();

    public SqliteEntityTable Tables { get; }

    public FileBlobStore Blobs { get; }

    /// <summary>Takes the last byte off the only file of that name, as a broken disk may.</summary>
    public void CutFile(string name)
    {
        using FileStream file = File.OpenWrite(Directory.GetFiles(_directory["blobs"], name, SearchOption.AllDirectories).Single());
        file.SetLength(file.Length - 1);
    }

    public async ValueTask DisposeAsync()
    {
        await Tables.DisposeAsync();
        Blobs.Dispose();
        _directory.Dispose();
    }
}
