namespace MlOps.Domain.Serving;

/// <summary>
/// What this process counted for one version and has still to write: a cell for each second and each minute that changed since the
/// last write. The second is read under the lock and never goes back, so that a cell, once written and dropped, is not begun anew.
/// </summary>
internal sealed class TrafficCounter(TimeProvider time)
{
    /// <summary>Seconds kept while the store is away; past it the oldest are dropped, and the minutes still have their counts.</summary>
    private const int MaxSeconds = 300;

    private const int MaxMinutes = 1_440;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, TrafficCell> _seconds = [];
    private readonly SortedDictionary<long, TrafficCell> _minutes = [];
    private long _second;
    private bool _changed;

    public void Count(Action<TrafficCell> count)
    {
        lock (_gate)
        {
            _second = Math.Max(_second, time.GetUtcNow().ToUnixTimeSeconds());
            count(CellOf(_seconds, _second, MaxSeconds));
            count(CellOf(_minutes, TrafficTable.MinuteOf(_second), MaxMinutes));
            _changed = true;
        }
    }

    /// <summary>The rows to write as they are now, and the second they were taken in; none when nothing was counted since the last taking.</summary>
    public (long Second, IReadOnlyList<(string Start, TrafficCell Cell)> Rows) Take()
    {
        lock (_gate)
        {
            if (!_changed)
                return (_second, []);
            _changed = false;
            return (_second, [.. _seconds.Select(s => (TrafficTable.SecondKey(s.Key), s.Value.Copy())), .. _minutes.Select(m => (TrafficTable.MinuteKey(m.Key), m.Value.Copy()))]);
        }
    }

    /// <summary>The rows taken in that second are on the store: cells of earlier seconds and minutes are not needed any more.</summary>
    public void Written(long second)
    {
        lock (_gate)
        {
            RemoveBefore(_seconds, second);
            RemoveBefore(_minutes, TrafficTable.MinuteOf(second));
        }
    }

    public void NotWritten()
    {
        lock (_gate)
            _changed = true;
    }

    private static TrafficCell CellOf(SortedDictionary<long, TrafficCell> cells, long start, int most)
    {
        if (cells.TryGetValue(start, out TrafficCell? cell))
            return cell;
        if (cells.Count == most)
            cells.Remove(cells.First().Key);
        return cells[start] = new TrafficCell();
    }

    private static void RemoveBefore(SortedDictionary<long, TrafficCell> cells, long start)
    {
        foreach (long old in cells.Keys.TakeWhile(k => k < start).ToList())
            cells.Remove(old);
    }
}
