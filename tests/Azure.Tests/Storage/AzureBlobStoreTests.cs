using MlOps.Azure.Storage;
using MlOps.Contracts;
using MlOps.Contracts.Storage;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Tests.Storage;

[Collection(WithAzurite.Name)]
public sealed class AzureBlobWriteTests(Azurite azurite) : BlobWriteContract(new AzureBlobHost(azurite));

[Collection(WithAzurite.Name)]
public sealed class AzureBlobStreamTests(Azurite azurite) : BlobStreamContract(new AzureBlobHost(azurite));

[Collection(WithAzurite.Name)]
public sealed class AzureBlobPathTests(Azurite azurite) : BlobPathContract(new AzureBlobHost(azurite));

[Collection(WithAzurite.Name)]
public sealed class AzureBlobMemoryTests(Azurite azurite) : BlobMemoryContract(new AzureBlobHost(azurite));

internal sealed class AzureBlobHost(Azurite azurite) : IStoreHost<IBlobStore>
{
    public Task<IBlobStore> OpenAsync()
    {
        var options = new AzureStorageOptions();
        return Task.FromResult<IBlobStore>(new AzureBlobStore(azurite.Connection.Blobs(options), options, TimeProvider.System));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
