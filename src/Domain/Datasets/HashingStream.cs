using System.Security.Cryptography;

namespace MlOps.Domain.Datasets;

/// <summary>Passes a stream on and fails at its end if the bytes had another SHA-256 than they should.</summary>
internal sealed class HashingStream(Stream inner, string digest) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _checked;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        return Pass(buffer.Span, read);
    }

    public override int Read(byte[] buffer, int offset, int count) => Pass(buffer.AsSpan(offset), inner.Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }

    private int Pass(ReadOnlySpan<byte> buffer, int read)
    {
        _hash.AppendData(buffer[..read]);
        if (read == 0 && buffer.Length > 0 && !_checked)
            Check();
        return read;
    }

    private void Check()
    {
        _checked = true;
        string found = Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (found != digest)
            throw MlOpsException.Conflict("dataset-content-changed", $"the content changed while it was added: SHA-256 {digest} at first, then {found}; add it again once nobody writes to it");
    }
}
