using System.Buffers;
using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using MlOps.Domain.Storage;
using BlobInfo = MlOps.Domain.Storage.BlobInfo;

namespace MlOps.Azure.Storage;

/// <summary>
/// One write of a blob: what fits into one block goes up in one request, anything longer block by block, seen by nobody until the
/// last request names the blocks. Memory: one block.
/// </summary>
internal sealed class BlobUpload(BlockBlobClient blob, string path, BlobWriteOptions options, int blockBytes)
{
    private readonly string _mark = Guid.NewGuid().ToString("N");
    private readonly List<string> _blocks = [];

    public async Task<BlobInfo> WriteAsync(Stream content, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(blockBytes);
        try
        {
            Memory<byte> block = buffer.AsMemory(0, blockBytes);
            int read = await content.ReadAtLeastAsync(block, blockBytes, throwOnEndOfStream: false, cancellationToken);
            if (read < blockBytes)
                return await FinishAsync(read, send => PutAsync(buffer, read, send), cancellationToken);
            long size = 0;
            for (; read > 0; read = await content.ReadAtLeastAsync(block, blockBytes, throwOnEndOfStream: false, cancellationToken))
            {
                await StageAsync(buffer, read, cancellationToken);
                size += read;
            }

            return await FinishAsync(size, CommitAsync, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The request that makes the blob visible, with what its refusal means.</summary>
    private async Task<BlobInfo> FinishAsync(long size, Func<CancellationToken, Task<Response<BlobContentInfo>>> send, CancellationToken cancellationToken)
    {
        Resends.Watch resends = Resends.Begin();
        try
        {
            BlobContentInfo written = (await send(cancellationToken)).Value;
            return new(path, size, written.ETag.Text(), written.LastModified, options.Metadata ?? new Dictionary<string, string>());
        }
        catch (RequestFailedException e) when (Refusal(e) is not null)
        {
            if (resends.Seen && await blob.PropertiesAsync(cancellationToken) is { } now && BlobMetadata.Has(now.Metadata, _mark))
                return now.Describe(path);
            throw Refusal(e)!;
        }
    }

    private Task<Response<BlobContentInfo>> PutAsync(byte[] buffer, int count, CancellationToken cancellationToken) => InContainerAsync(
        () => blob.UploadAsync(new MemoryStream(buffer, 0, count), new BlobUploadOptions { Metadata = Metadata(), Conditions = Conditions() }, cancellationToken), cancellationToken);

    private Task<Response<BlobContentInfo>> CommitAsync(CancellationToken cancellationToken) =>
        blob.CommitBlockListAsync(_blocks, new CommitBlockListOptions { Metadata = Metadata(), Conditions = Conditions() }, cancellationToken);

    private Task<Response<BlockInfo>> StageAsync(byte[] buffer, int count, CancellationToken cancellationToken)
    {
        // Ids of our own, all of one length: two writers of one blob never mix their blocks.
        string id = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{_mark}{_blocks.Count:D5}"));
        _blocks.Add(id);
        return InContainerAsync(() => blob.StageBlockAsync(id, new MemoryStream(buffer, 0, count), cancellationToken: cancellationToken), cancellationToken);
    }

    private async Task<T> InContainerAsync<T>(Func<Task<T>> send, CancellationToken cancellationToken)
    {
        try
        {
            return await send();
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await blob.GetParentBlobContainerClient().CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            return await send();
        }
    }

    private Dictionary<string, string> Metadata() => BlobMetadata.Of(options.Metadata, _mark);

    private BlobRequestConditions? Conditions() =>
        options.CreateOnly ? new BlobRequestConditions { IfNoneMatch = ETag.All }
        : options.IfMatch is not null ? new BlobRequestConditions { IfMatch = new ETag(options.IfMatch) }
        : null;

    /// <summary>A commit whose blocks are gone was overtaken: any other write of the blob throws unnamed blocks away.</summary>
    private MlOpsException? Refusal(RequestFailedException e) => e.Status switch
    {
        409 or 412 or 400 when options.CreateOnly && (e.ErrorCode == BlobErrorCode.BlobAlreadyExists || e.Status == 412 || e.ErrorCode == BlobErrorCode.InvalidBlockList) =>
            MlOpsException.Conflict("blob-exists", $"there is a blob '{path}' already"),
        412 => AzureBlobStore.Changed(path, options.IfMatch),
        404 when options.IfMatch is not null => AzureBlobStore.Changed(path, options.IfMatch),
        400 when e.ErrorCode == BlobErrorCode.InvalidBlockList => AzureBlobStore.Changed(path, options.IfMatch),
        400 when e.ErrorCode == BlobErrorCode.MetadataTooLarge => MlOpsException.Invalid("blob-metadata", $"the metadata of '{path}' takes more than {BlobChecks.MetadataChars:N0} bytes as headers"),
        _ => null,
    };
}
