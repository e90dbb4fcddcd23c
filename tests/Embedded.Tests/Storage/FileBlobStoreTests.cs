using MlOps.Contracts;
using MlOps.Contracts.Storage;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

public sealed class FileBlobWriteTests() : BlobWriteContract(new FileBlobHost());

public sealed class FileBlobStreamTests() : BlobStreamContract(new FileBlobHost());

public sealed class FileBlobPathTests() : BlobPathContract(new FileBlobHost());

[Collection(Alone.Name)]
public sealed class FileBlobMemoryTests() : BlobMemoryContract(new FileBlobHost());

internal sealed class FileBlobHost : IStoreHost<IBlobStore>
{
    private readonly TempDirectory _temp = new();
    private FileBlobStore? _open;

    public Task<IBlobStore> OpenAsync()
    {
        _open?.Dispose();
        _open = new FileBlobStore(_temp["blobs"], TimeProvider.System);
        return Task.FromResult<IBlobStore>(_open);
    }

    public ValueTask DisposeAsync()
    {
        _open?.Dispose();
        _temp.Dispose();
        return ValueTask.CompletedTask;
    }
}
