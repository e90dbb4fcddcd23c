namespace MlOps.Domain.Storage;

/// <summary>Streams one behind the other; each is opened when the one before has ended, and one without bytes not at all.</summary>
public sealed class JoinedStream(IEnumerable<StreamPart> parts) : ForwardStream
{
    private readonly IEnumerator<StreamPart> _parts = parts.Where(p => p.Length > 0).GetEnumerator();
    private Stream? _part;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_part is not null || _parts.MoveNext())
        {
            _part ??= await _parts.Current.Open(cancellationToken);
            int read = await _part.ReadAsync(buffer, cancellationToken);
            if (read > 0 || buffer.Length == 0)
                return read;
            await _part.DisposeAsync();
            _part = null;
        }

        return 0;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_part is not null)
            await _part.DisposeAsync();
        _parts.Dispose();
        await base.DisposeAsync();
    }
}

/// <summary>A stream to come, and about how long it is; 0 for one that has nothing.</summary>
public sealed record StreamPart(long Length, Func<CancellationToken, Task<Stream>> Open);
