namespace MlOps.Domain.Storage;

/// <summary>Reads another stream up to a number of bytes; one that has more fails. It stays open.</summary>
/// <param name="inner">What is read.</param>
/// <param name="most">Bytes, 0 or more.</param>
/// <param name="tooLong">What is thrown when there is one more.</param>
public sealed class LimitedStream(Stream inner, long most, Func<Exception> tooLong) : ForwardStream
{
    private long _left = most;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        _left -= read;
        return _left < 0 ? throw tooLong() : read;
    }
}
