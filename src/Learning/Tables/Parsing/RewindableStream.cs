namespace MlOps.Learning.Tables.Parsing;

/// <summary>Keeps what was read of a stream that cannot seek, so that it can be read from the beginning once more.</summary>
internal sealed class RewindableStream(Stream inner) : Stream
{
    private readonly MemoryStream _kept = new();

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _kept.Position;
        set => _kept.Position = value;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int again = _kept.Read(buffer.Span);
        if (again > 0)
            return again;
        int read = await inner.ReadAsync(buffer, cancellationToken);
        _kept.Write(buffer.Span[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
