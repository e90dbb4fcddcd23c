using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Domain.Tests.Datasets;

/// <summary>A catalogue on a real store in a directory of its own.</summary>
internal sealed class DatasetStore : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly SqliteEntityTable _tables;
    private readonly FileBlobStore _blobs;

    public DatasetStore(Func<IEntityTable, IEntityTable>? wrap = null)
    {
        Time = new ManualTimeProvider();
        _tables = new SqliteEntityTable(_directory["mlops.db"], Time);
        _blobs = new FileBlobStore(_directory["blobs"], Time);
        Tables = wrap?.Invoke(_tables) ?? _tables;
        Catalog = NewCatalog();
    }

    public ManualTimeProvider Time { get; }

    public IEntityTable Tables { get; }

    public IBlobStore Blobs => _blobs;

    public DatasetCatalog Catalog { get; }

    /// <summary>As another process would have it.</summary>
    public DatasetCatalog NewCatalog() => new(Tables, _blobs, Time);

    public Task<DatasetAdded> AddAsync(string name, string csv, DatasetAddOptions? options = null) =>
        Catalog.AddAsync(name, new MemoryStream(Encoding.UTF8.GetBytes(csv)), options ?? new DatasetAddOptions(), CancellationToken.None);

    public async Task<MlOpsException> FailAsync(string name, string csv, DatasetAddOptions? options = null) =>
        await Assert.ThrowsAsync<MlOpsException>(() => AddAsync(name, csv, options));

    public async Task<List<string>> BlobPathsAsync()
    {
        var paths = new List<string>();
        await foreach (BlobInfo blob in _blobs.ListAsync(DatasetBlobs.Container, "", CancellationToken.None))
            paths.Add(blob.Path);
        return paths;
    }

    public async ValueTask DisposeAsync()
    {
        await _tables.DisposeAsync();
        _blobs.Dispose();
        _directory.Dispose();
    }
}
