namespace MlOps.Contracts.Storage;

/// <summary>A stream of so many bytes, each a function of its place, that holds none of them; it can fail or call back on its way.</summary>
public sealed class PatternStream(long length, Action<long>? at = null) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public static byte ByteAt(long position) => (byte)((position * 131) ^ (position >> 8) ^ (position >> 17));

    public override int Read(byte[] buffer, int offset, int count)
    {
        at?.Invoke(_position);
        // Odd sizes, so that nobody relies on full buffers.
        int read = (int)Math.Min(Math.Min(count, 60_001), length - _position);
        for (int i = 0; i < read; i++)
            buffer[offset + i] = ByteAt(_position + i);
        _position += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
