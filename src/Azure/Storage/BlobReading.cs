using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Storage;

/// <summary>
/// A part of one version of a blob, fetched a range at a time. The first range comes with the opening: what fits into it is read
/// to its end whatever happens to the blob. Further ranges ask for the version by its id where the account keeps versions, and always
/// by the ETag, so that a replaced blob ends in Conflict <c>blob-changed</c> and never in a mixture.
/// </summary>
internal sealed class BlobReading : BlobContentStream
{
    private readonly BlobBaseClient _blob;
    private readonly string _path;
    private readonly ETag _etag;
    private readonly long _start;
    private readonly int _rangeBytes;
    private byte[] _buffer;
    private long _bufferStart;

    private BlobReading(BlobBaseClient blob, string path, BlobRange range, BlobDownloadDetails first, byte[] buffer, int rangeBytes)
        : base(Math.Min(range.Length ?? long.MaxValue, WholeSize(first) - range.Offset)) =>
        (_blob, _path, _etag, _start, _buffer, _rangeBytes) = (blob, path, first.ETag, range.Offset, buffer, rangeBytes);

    /// <exception cref="MlOpsException">NotFound <c>blob-missing</c>, Invalid <c>blob-range</c>.</exception>
    public static async Task<Stream> OpenAsync(BlockBlobClient blob, string path, BlobRange range, int rangeBytes, CancellationToken cancellationToken)
    {
        if (range.Offset < 0 || range.Length < 0)
            throw OutOfRange(path, range);
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(range.Offset, Math.Clamp(range.Length ?? rangeBytes, 1, rangeBytes)) };
            using BlobDownloadStreamingResult first = (await blob.DownloadStreamingAsync(options, cancellationToken)).Value;
            BlobBaseClient version = first.Details.VersionId is { Length: > 0 } id ? blob.WithVersion(id) : blob;
            byte[] bytes = new byte[first.Details.ContentLength];
            await first.Content.ReadExactlyAsync(bytes, cancellationToken);
            return new BlobReading(version, path, range, first.Details, bytes, rangeBytes);
        }
        catch (RequestFailedException e) when (e.Status == 416)
        {
            // Behind the last byte: an empty part where the range begins right at the end.
            BlobProperties? found = await blob.PropertiesAsync(cancellationToken);
            return found?.ContentLength == range.Offset ? new MemoryStream([], writable: false) : throw OutOfRange(path, range);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw MlOpsException.NotFound("blob-missing", $"there is no blob '{path}' in '{blob.BlobContainerName}'");
        }
    }

    protected override async ValueTask<int> ReadAtAsync(long position, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (AtHand(position).IsEmpty)
            await StorageFailures.GuardAsync($"reading the blob '{_path}'", () => FetchAsync(position, cancellationToken), cancellationToken);
        return Take(position, buffer.Span);
    }

    protected override int ReadAt(long position, Span<byte> buffer)
    {
        if (AtHand(position).IsEmpty)
            Fetch(position);
        return Take(position, buffer);
    }

    private static long WholeSize(BlobDownloadDetails details) =>
        details.ContentRange is { } range && range.LastIndexOf('/') is > 0 and int at ? long.Parse(range.AsSpan(at + 1)) : details.ContentLength;

    private static MlOpsException OutOfRange(string path, BlobRange range) =>
        MlOpsException.Invalid("blob-range", $"bytes from {range.Offset}, {range.Length?.ToString() ?? "to the end"}, of '{path}': the range begins past the end, or is negative");

    private ReadOnlySpan<byte> AtHand(long position) =>
        position >= _bufferStart && position < _bufferStart + _buffer.Length ? _buffer.AsSpan((int)(position - _bufferStart)) : default;

    private int Take(long position, Span<byte> buffer)
    {
        ReadOnlySpan<byte> at = AtHand(position);
        int count = Math.Min(buffer.Length, at.Length);
        at[..count].CopyTo(buffer);
        return count;
    }

    private async Task<bool> FetchAsync(long position, CancellationToken cancellationToken)
    {
        try
        {
            using BlobDownloadStreamingResult next = (await _blob.DownloadStreamingAsync(From(position), cancellationToken)).Value;
            await next.Content.ReadExactlyAsync(Room(next), cancellationToken);
            _bufferStart = position;
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 412 or 404)
        {
            throw AzureBlobStore.Changed(_path, _etag.Text());
        }
    }

    private void Fetch(long position)
    {
        try
        {
            using BlobDownloadStreamingResult next = _blob.DownloadStreaming(From(position), CancellationToken.None).Value;
            next.Content.ReadExactly(Room(next));
            _bufferStart = position;
        }
        catch (RequestFailedException e) when (e.Status is 412 or 404)
        {
            throw AzureBlobStore.Changed(_path, _etag.Text());
        }
        catch (Exception e) when (StorageFailures.Unavailable($"reading the blob '{_path}'", e, CancellationToken.None) is { } unavailable)
        {
            throw unavailable;
        }
    }

    private BlobDownloadOptions From(long position) => new()
    {
        Range = new HttpRange(_start + position, Math.Min(_rangeBytes, Length - position)),
        Conditions = new BlobRequestConditions { IfMatch = _etag },
    };

    /// <summary>Where the next range goes; nothing is at hand until it is there whole.</summary>
    private byte[] Room(BlobDownloadStreamingResult next)
    {
        if (_buffer.Length != next.Details.ContentLength)
            _buffer = new byte[next.Details.ContentLength];
        _bufferStart = -_buffer.Length;
        return _buffer;
    }
}
