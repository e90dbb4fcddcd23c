namespace MlOps.Domain.Storage;

/// <summary>A stream that is only read, and only forwards.</summary>
public abstract class ForwardStream : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    public sealed override long Length => throw new NotSupportedException("a stream that is read forwards");

    public sealed override long Position
    {
        get => throw new NotSupportedException("a stream that is read forwards");
        set => throw new NotSupportedException("a stream that is read forwards");
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("a stream that is read asynchronously");

    public sealed override void Flush()
    {
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("a stream that is read forwards");

    public sealed override void SetLength(long value) => throw new NotSupportedException("a stream that is read forwards");

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a stream that is read forwards");
}
