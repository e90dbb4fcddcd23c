using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using MlOps.Domain.Storage;
using BlobInfo = MlOps.Domain.Storage.BlobInfo;

namespace MlOps.Azure.Storage;

/// <summary>
/// Blobs of an Azure storage account with a flat namespace. Paths are the service's names as they are; a container is made when its
/// first write finds none. Thread-safe.
/// </summary>
public sealed class AzureBlobStore(BlobServiceClient service, AzureStorageOptions settings, TimeProvider clock) : IBlobStore
{
    private readonly DownloadLinks _links = new(service, clock);

    public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = Blob(container, path);
        return GuardAsync($"looking for the blob '{path}'", async () => (await blob.PropertiesAsync(cancellationToken))?.Describe(path), cancellationToken);
    }

    public Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = Blob(container, path);
        return GuardAsync($"reading the blob '{path}'", () => BlobReading.OpenAsync(blob, path, range ?? new BlobRange(0), settings.BlockBytes, cancellationToken), cancellationToken);
    }

    public Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = Blob(container, path);
        BlobChecks.Metadata(options.Metadata);
        return GuardAsync($"writing the blob '{path}'", () => new BlobUpload(blob, path, options, settings.BlockBytes).WriteAsync(content, cancellationToken), cancellationToken);
    }

    public async IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobChecks.Container(container);
        BlobChecks.Prefix(prefix);
        await using IAsyncEnumerator<BlobItem> found = service.GetBlobContainerClient(container)
            .GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await GuardAsync($"listing '{container}'", () => NextAsync(found), cancellationToken))
            yield return found.Current.Describe();
    }

    public Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = Blob(container, path);
        return GuardAsync($"deleting the blob '{path}'", () => DeleteAsync(blob, path, ifMatch, cancellationToken), cancellationToken);
    }

    public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken)
    {
        BlockBlobClient blob = Blob(container, path);
        return GuardAsync($"signing a link to the blob '{path}'", () => _links.MakeAsync(blob, lifetime, fileName, cancellationToken), cancellationToken);
    }

    internal static MlOpsException Changed(string path, string? expected) => MlOpsException.Conflict(
        "blob-changed", $"blob '{path}' has no longer the ETag {expected ?? "it had"}: someone changed it meanwhile; read it again and retry");

    private static Task<T> GuardAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken) =>
        StorageFailures.GuardAsync(what, call, cancellationToken);

    private static async Task<bool> NextAsync(IAsyncEnumerator<BlobItem> found)
    {
        try
        {
            return await found.MoveNextAsync();
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return false;
        }
    }

    private static async Task<bool> DeleteAsync(BlockBlobClient blob, string path, string? ifMatch, CancellationToken cancellationToken)
    {
        var conditions = ifMatch is null ? null : new BlobRequestConditions { IfMatch = new ETag(ifMatch) };
        try
        {
            return (await blob.DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, conditions, cancellationToken)).Value;
        }
        catch (RequestFailedException e) when (e.Status == 412)
        {
            // The condition of a blob that is gone fails too, on some versions of the service.
            return await blob.PropertiesAsync(cancellationToken) is null ? false : throw Changed(path, ifMatch);
        }
    }

    private BlockBlobClient Blob(string container, string path)
    {
        BlobChecks.Container(container);
        BlobChecks.Path(path);
        return service.GetBlobContainerClient(container).GetBlockBlobClient(path);
    }
}
