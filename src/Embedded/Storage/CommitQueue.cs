using System.Diagnostics;

namespace MlOps.Embedded.Storage;

/// <summary>
/// What waits for the next commit. A group forms by itself while the commit before it is under way. Callers that write in a loop
/// come back just after a commit, so the queue waits a moment for as many as that commit answered: without it two half-size
/// groups would take turns for ever.
/// </summary>
internal sealed class CommitQueue : IDisposable
{
    private const int GroupWrites = 1_024;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private List<PendingWrite> _waiting = [];
    private int _count;
    private bool _closed;

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

    /// <summary>Blocks for the next group; null when the queue is closed and empty.</summary>
    /// <param name="answered">Writes that the commit before has just answered.</param>
    /// <param name="patience">How long to wait for as many to come back.</param>
    public List<PendingWrite>? Take(int answered, TimeSpan patience)
    {
        Gather(answered, patience);
        while (true)
        {
            lock (_lock)
            {
                if (_waiting.Count > 0)
                    return Drain();
                if (_closed)
                    return null;
            }

            _arrived.Wait();
        }
    }

    public void Dispose() => _arrived.Dispose();

    private void Gather(int answered, TimeSpan patience)
    {
        int expected = Math.Min(Volatile.Read(ref _count) + answered, GroupWrites);
        long start = Stopwatch.GetTimestamp();
        while (answered > 1 && Volatile.Read(ref _count) < expected && Stopwatch.GetElapsedTime(start) < patience)
            Thread.Yield();
    }

    private List<PendingWrite> Drain()
    {
        List<PendingWrite> group = _waiting;
        _waiting = new List<PendingWrite>(group.Count);
        if (group.Count > GroupWrites)
        {
            _waiting.AddRange(group[GroupWrites..]);
            group.RemoveRange(GroupWrites, group.Count - GroupWrites);
        }

        _count = _waiting.Count;
        return group;
    }

    private void Signal()
    {
        if (_arrived.CurrentCount == 0)
            _arrived.Release();
    }
}
