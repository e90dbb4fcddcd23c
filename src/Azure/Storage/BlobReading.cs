using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Storage;

/// <summary>
/// A part of one version of a blob, fetched a range at a time. The first range comes with the opening: what fits into it is read
/// to its end whatever happens to the blob. Further ranges ask for the version by its id where the account keeps versions, else by the
/// ETag, so that a replaced blob ends in Conflict <c>blob-changed</c> and never in a mixture.
/// </summary>
internal sealed class BlobReading : Stream
{
    private readonly BlobBaseClient _blob;
    private readonly string _path;
    private readonly ETag _etag;
    private readonly long _start;
    private readonly long _length;
    private readonly int _rangeBytes;
    private byte[] _buffer;
    private long _bufferStart;
    private long _position;

    private BlobReading(BlobBaseClient blob, string path, ETag etag, BlobRange range, long size, byte[] first, int rangeBytes)
    {
        (_blob, _path, _etag, _start, _buffer, _rangeBytes) = (blob, path, etag, range.Offset, first, rangeBytes);
        _length = Math.Min(range.Length ?? long.MaxValue, size - range.Offset);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

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
            return new BlobReading(version, path, first.Details.ETag, range, WholeSize(first.Details), bytes, rangeBytes);
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

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Wanted(buffer.Length) > 0 && Buffered().IsEmpty)
            await StorageFailures.GuardAsync($"reading the blob '{_path}'", () => FetchAsync(cancellationToken), cancellationToken);
        return Take(buffer.Span);
    }

    public override int Read(Span<byte> buffer)
    {
        if (Wanted(buffer.Length) > 0 && Buffered().IsEmpty)
            Fetch();
        return Take(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => _length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("a blob that was opened for reading");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a blob that was opened for reading");

    private static long WholeSize(BlobDownloadDetails details) =>
        details.ContentRange is { } range && range.LastIndexOf('/') is > 0 and int at ? long.Parse(range.AsSpan(at + 1)) : details.ContentLength;

    private static MlOpsException OutOfRange(string path, BlobRange range) =>
        MlOpsException.Invalid("blob-range", $"bytes from {range.Offset}, {range.Length?.ToString() ?? "to the end"}, of '{path}': the range begins past the end, or is negative");

    private long Wanted(int room) => Math.Clamp(_length - _position, 0, room);

    /// <summary>What is at hand from the position on.</summary>
    private ReadOnlySpan<byte> Buffered() =>
        _position >= _bufferStart && _position < _bufferStart + _buffer.Length ? _buffer.AsSpan((int)(_position - _bufferStart)) : default;

    private int Take(Span<byte> buffer)
    {
        ReadOnlySpan<byte> at = Buffered();
        int count = (int)Math.Min(Wanted(buffer.Length), at.Length);
        at[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    private async Task<bool> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            using BlobDownloadStreamingResult next = (await _blob.DownloadStreamingAsync(Next(), cancellationToken)).Value;
            await next.Content.ReadExactlyAsync(Room(next), cancellationToken);
            _bufferStart = _position;
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 412 or 404)
        {
            throw AzureBlobStore.Changed(_path, _etag.ToString());
        }
    }

    private void Fetch()
    {
        try
        {
            using BlobDownloadStreamingResult next = _blob.DownloadStreaming(Next(), CancellationToken.None).Value;
            next.Content.ReadExactly(Room(next));
            _bufferStart = _position;
        }
        catch (RequestFailedException e) when (e.Status is 412 or 404)
        {
            throw AzureBlobStore.Changed(_path, _etag.ToString());
        }
    }

    private BlobDownloadOptions Next() => new()
    {
        Range = new HttpRange(_start + _position, Math.Min(_rangeBytes, _length - _position)),
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
