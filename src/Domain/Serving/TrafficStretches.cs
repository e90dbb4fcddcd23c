namespace MlOps.Domain.Serving;

/// <summary>
/// A version's counts by the stretches of each <see cref="TrafficLevel"/> that changed since they were written. Of each level one stretch is open; one
/// that is over is held as the bytes that are written of it. While the store is away they add up to a given size: then the finest go first, oldest
/// first, whose counts are in the coarser ones, too. The coarsest stay whatever they take. Not thread-safe.
/// </summary>
internal sealed class TrafficStretches
{
    private readonly Level[] _levels = [.. TrafficLevel.All.Select(l => new Level(l))];

    /// <summary>Bytes of the stretches that are over, but for the coarsest.</summary>
    public long Held => _levels[..^1].Sum(l => l.Held);

    /// <summary>A request is counted once; it gets into the stretches of all levels with the others of its second.</summary>
    /// <param name="second">No earlier than the one before.</param>
    public void Add(long second, TrafficCell cell)
    {
        foreach (Level level in _levels)
            level.Add(second, cell);
    }

    /// <summary>All as they are now.</summary>
    public IReadOnlyList<(string Start, SealedCell Cell)> Rows() => [.. _levels.SelectMany(l => l.Rows())];

    /// <summary>What was taken in that second is on the store.</summary>
    public void Written(long second)
    {
        foreach (Level level in _levels)
            level.RemoveBefore(second);
    }

    public void Trim(long most)
    {
        long held = Held;
        foreach (Level level in _levels[..^1])
        {
            while (held > most && level.RemoveOldest() is > 0 and var bytes)
                held -= bytes;
        }
    }

    private sealed class Level(TrafficLevel level)
    {
        private readonly SortedDictionary<long, SealedCell> _over = [];
        private TrafficCell _open = new();
        private long _start;

        public long Held { get; private set; }

        public void Add(long second, TrafficCell cell)
        {
            long start = level.StartOf(second);
            if (start != _start)
                End();
            _start = start;
            _open.Add(cell);
        }

        public IEnumerable<(string Start, SealedCell Cell)> Rows()
        {
            IEnumerable<KeyValuePair<long, SealedCell>> all = _open.IsEmpty ? _over : _over.Append(new(_start, _open.Seal()));
            return all.Select(c => (level.Key(c.Key), c.Value));
        }

        public void RemoveBefore(long second)
        {
            long start = level.StartOf(second);
            foreach (long old in _over.Keys.TakeWhile(k => k < start).ToList())
                Remove(old);
            if (_start < start)
                _open = new TrafficCell();
        }

        /// <summary>The bytes it had; 0: there is none.</summary>
        public int RemoveOldest() => _over.Count == 0 ? 0 : Remove(_over.Keys.First());

        private void End()
        {
            if (_open.IsEmpty)
                return;
            if (_over.Count >= level.Buffered)
                RemoveOldest();
            SealedCell ended = _open.Seal();
            _over[_start] = ended;
            Held += ended.Bytes;
            _open = new TrafficCell();
        }

        private int Remove(long start)
        {
            _over.Remove(start, out SealedCell? old);
            Held -= old!.Bytes;
            return old.Bytes;
        }
    }
}
