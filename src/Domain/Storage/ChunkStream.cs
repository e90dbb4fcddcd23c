using System.Runtime.ExceptionServices;

namespace MlOps.Domain.Storage;

/// <summary>Bytes that are made while they are read: the next chunk is asked for when the one before is used up, so each may reuse its memory.</summary>
public sealed class ChunkStream(IAsyncEnumerable<ReadOnlyMemory<byte>> chunks) : ForwardStream
{
    private readonly CancellationTokenSource _stop = new();
    private IAsyncEnumerator<ReadOnlyMemory<byte>>? _next;
    private ReadOnlyMemory<byte> _rest;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await using CancellationTokenRegistration stop = cancellationToken.Register(_stop.Cancel);
        _next ??= chunks.GetAsyncEnumerator(_stop.Token);
        while (_rest.IsEmpty && !_ended)
        {
            _ended = !await MoveNextAsync(_next);
            _rest = _ended ? default : _next.Current;
        }

        int read = Math.Min(buffer.Length, _rest.Length);
        _rest[..read].CopyTo(buffer);
        _rest = _rest[read..];
        return read;
    }

    /// <summary>What has thrown says "ended" when it is asked again: whoever repeats a failed read must not take that for the whole.</summary>
    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ReadOnlyMemory<byte>> next)
    {
        _failure?.Throw();
        try
        {
            return await next.MoveNextAsync();
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_next is not null)
            await _next.DisposeAsync();
        _stop.Dispose();
        await base.DisposeAsync();
    }
}
