namespace MlOps.Embedded.Workflows;

/// <summary>Many due times on one timer of the clock. Actions run on the clock's thread and must be short.</summary>
internal sealed class TimerQueue : IDisposable
{
    // The wall clock may be set; looking again this often bounds how late a far timer can be.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly SortedSet<Entry> _entries = [];
    private readonly ITimer _timer;
    private long _nextId;
    private bool _disposed;

    public TimerQueue(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => FireDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <returns>Withdraws the timer when disposed.</returns>
    public IDisposable Add(DateTimeOffset due, Action action)
    {
        Entry entry;
        lock (_lock)
        {
            entry = new(this, due, _nextId++, action);
            _entries.Add(entry);
            if (ReferenceEquals(_entries.Min, entry))
                Arm();
        }

        return entry;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _entries.Clear();
        }

        _timer.Dispose();
    }

    private void Remove(Entry entry)
    {
        lock (_lock)
        {
            bool first = ReferenceEquals(_entries.Min, entry);
            if (_entries.Remove(entry) && first)
                Arm();
        }
    }

    private void FireDue()
    {
        List<Entry> due = [];
        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            while (_entries.Min is { } first && first.Due <= now)
            {
                _entries.Remove(first);
                due.Add(first);
            }

            Arm();
        }

        foreach (Entry entry in due)
            entry.Action();
    }

    private void Arm()
    {
        if (_disposed)
            return;
        TimeSpan sleep = _entries.Min is { } first ? first.Due - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        if (sleep != Timeout.InfiniteTimeSpan)
            sleep = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(sleep.TotalMilliseconds), 0, LongestSleep.TotalMilliseconds));
        _timer.Change(sleep, Timeout.InfiniteTimeSpan);
    }

    private sealed class Entry(TimerQueue queue, DateTimeOffset due, long id, Action action) : IComparable<Entry>, IDisposable
    {
        public DateTimeOffset Due => due;

        public Action Action => action;

        private long Id => id;

        public int CompareTo(Entry? other) => other is null ? 1 : (Due, Id).CompareTo((other.Due, other.Id));

        public void Dispose() => queue.Remove(this);
    }
}
