namespace MlOps.Embedded.Storage;

/// <summary>What waits for the writer. Any thread adds; one takes.</summary>
internal sealed class CommitQueue : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private List<PendingWrite> _waiting = [];
    private volatile int _count;
    private volatile bool _closed;

    public int Count => _count;

    public bool IsClosed => _closed;

    /// <returns>False when the queue is closed.</returns>
    public bool TryAdd(PendingWrite write)
    {
        lock (_lock)
        {
            if (_closed)
                return false;
            _waiting.Add(write);
            _count = _waiting.Count;
            if (_count == 1)
                Signal();
            return true;
        }
    }

    /// <summary>Lets what waits be taken, and no more in.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Signal();
        }
    }

    /// <summary>Blocks until something waits; false when the queue is closed and empty.</summary>
    public bool Wait()
    {
        while (_count == 0)
        {
            lock (_lock)
            {
                // Asked again under the lock: an add may have found an old signal and given none, while its count was not yet seen here.
                if (_waiting.Count > 0)
                    return true;
                if (_closed)
                    return false;
            }

            _arrived.Wait();
        }

        return true;
    }

    /// <summary>What waits, in order of arrival, at most so many.</summary>
    public List<PendingWrite> Take(int most)
    {
        lock (_lock)
        {
            List<PendingWrite> taken = _waiting;
            _waiting = taken.Count > most ? taken[most..] : new List<PendingWrite>(taken.Count);
            _count = _waiting.Count;
            return taken.Count > most ? taken[..most] : taken;
        }
    }

    public void Dispose() => _arrived.Dispose();

    private void Signal()
    {
        if (_arrived.CurrentCount == 0)
            _arrived.Release();
    }
}
