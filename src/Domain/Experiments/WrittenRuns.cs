using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>A run with the version of its row.</summary>
/// <param name="Bytes">What it takes as it is stored.</param>
internal sealed record StoredRun(EntityKey Key, RunDocument Run, string ETag, int Bytes);

/// <summary>
/// Runs that this process wrote last, so that the next write of one need not read it again. Other processes may have written it since: only
/// a write on condition of the ETag tells. Kept are runs that are written again and again: thousands that are written once each, or that have
/// ended, would only grow old in memory. Any thread.
/// </summary>
internal sealed class WrittenRuns
{
    /// <summary>As they are stored; in memory they take some times as much.</summary>
    private const int MaxBytes = 1 << 19;

    /// <summary>Of one run, the last that was written.</summary>
    private const int MaxAlone = 4 << 20;

    /// <summary>Keys of runs that were written once lately.</summary>
    private const int MaxOnce = 256;

    /// <summary>Keys of large runs; one that is forgotten is known again from its next write.</summary>
    private const int MaxLarge = 1_000;

    private readonly Lock _lock = new();
    private HashSet<EntityKey> _once = [];
    private HashSet<EntityKey> _onceBefore = [];
    private readonly Dictionary<EntityKey, LinkedListNode<StoredRun>> _byKey = [];
    private readonly LinkedList<StoredRun> _oldestFirst = [];
    private readonly HashSet<EntityKey> _large = [];
    private int _bytes;

    /// <summary>Whether the run was longer than a row takes when this process wrote it last, as far as it remembers.</summary>
    public bool IsLarge(EntityKey key)
    {
        lock (_lock)
            return _large.Count > 0 && _large.Contains(key);
    }

    public void Note(EntityKey key, bool isLarge)
    {
        lock (_lock)
        {
            if (!isLarge)
            {
                _large.Remove(key);
                return;
            }

            if (_large.Count == MaxLarge)
                _large.Clear();
            _large.Add(key);
        }
    }

    /// <summary>Gives it away: who writes it changes it in place, and keeps it again only when it is stored so.</summary>
    public StoredRun? Take(EntityKey key)
    {
        lock (_lock)
            return _byKey.TryGetValue(key, out LinkedListNode<StoredRun>? node) ? Remove(node) : null;
    }

    /// <summary>Keeps a run that was just written, unless that was the first time in a while, or it has ended: few are written afterwards.</summary>
    public void Keep(StoredRun run)
    {
        if (run.Run.EndedAt is not null)
            return;
        lock (_lock)
        {
            if (!_onceBefore.Contains(run.Key) && _once.Add(run.Key))
            {
                if (_once.Count == MaxOnce)
                    (_onceBefore, _once) = (_once, []);
                return;
            }

            if (_byKey.TryGetValue(run.Key, out LinkedListNode<StoredRun>? before))
                Remove(before);
            _byKey[run.Key] = _oldestFirst.AddLast(run);
            _bytes += run.Bytes;
            while (_bytes > (_oldestFirst.Count == 1 ? MaxAlone : MaxBytes))
                Remove(_oldestFirst.First!);
        }
    }

    private StoredRun Remove(LinkedListNode<StoredRun> node)
    {
        _byKey.Remove(node.Value.Key);
        _oldestFirst.Remove(node);
        _bytes -= node.Value.Bytes;
        return node.Value;
    }
}
