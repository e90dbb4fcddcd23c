using MlOps.Learning;

namespace MlOps.Domain.Storage;

/// <summary>The streams that every adapter of <see cref="IBlobStore"/> opens: so many bytes, read-only, seekable. Not thread-safe.</summary>
public abstract class BlobContentStream(long length) : Stream
{
    private long _position;

    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => true;

    public sealed override bool CanWrite => false;

    public sealed override long Length => length;

    public sealed override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public sealed override int Read(Span<byte> buffer)
    {
        int wanted = Wanted(buffer.Length);
        int read = wanted == 0 ? 0 : ReadAt(_position, buffer[..wanted]);
        _position += read;
        return read;
    }

    public sealed override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int wanted = Wanted(buffer.Length);
        int read = wanted == 0 ? 0 : await ReadAtAsync(_position, buffer[..wanted], cancellationToken);
        _position += read;
        return read;
    }

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public sealed override void Flush()
    {
    }

    public sealed override void SetLength(long value) => throw new NotSupportedException("a blob that was opened for reading");

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a blob that was opened for reading");

    /// <summary>Reads at least one byte from a position before the end, and at most what fits.</summary>
    protected abstract int ReadAt(long position, Span<byte> buffer);

    /// <inheritdoc cref="ReadAt"/>
    protected abstract ValueTask<int> ReadAtAsync(long position, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>All of the blob in place, where it lies in a local file of one version; null where it does not. Outlives the stream.</summary>
    public virtual MappedFile? Map() => null;

    private int Wanted(int room) => (int)Math.Clamp(length - _position, 0, room);
}
