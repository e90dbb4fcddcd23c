namespace MlOps.Domain.Storage;

/// <summary>Bytes that are made while they are read: the next chunk is asked for when the one before is used up, so each may reuse its memory.</summary>
public sealed class ChunkStream(IAsyncEnumerable<ReadOnlyMemory<byte>> chunks) : ForwardStream
{
    private readonly CancellationTokenSource _stop = new();
    private IAsyncEnumerator<ReadOnlyMemory<byte>>? _next;
    private ReadOnlyMemory<byte> _rest;
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await using CancellationTokenRegistration stop = cancellationToken.Register(_stop.Cancel);
        _next ??= chunks.GetAsyncEnumerator(_stop.Token);
        while (_rest.IsEmpty && !_ended)
        {
            _ended = !await _next.MoveNextAsync();
            _rest = _ended ? default : _next.Current;
        }

        int read = Math.Min(buffer.Length, _rest.Length);
        _rest[..read].CopyTo(buffer);
        _rest = _rest[read..];
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_next is not null)
            await _next.DisposeAsync();
        _stop.Dispose();
        await base.DisposeAsync();
    }
}
