namespace MlOps.Domain.Serving;

/// <summary>
/// What this process counted for one version and has still to write: a cell for each stretch of each <see cref="TrafficLevel"/> that changed
/// since the last write. The second never goes back, so that a cell, once written and dropped, is not begun anew.
/// </summary>
/// <param name="writer">Under which its rows are written: its own, so that they hold all that it counted and nothing else.</param>
internal sealed class TrafficCounter(TimeProvider time, string writer)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, TrafficCell>[] _cells = [.. TrafficLevel.All.Select(_ => new SortedDictionary<long, TrafficCell>())];
    private TrafficCell _present = new();
    private long _second;
    private bool _changed;

    public string Writer => writer;

    public void Count(Action<TrafficCell> count) => Count(count, time.GetUtcNow(), static (cell, count) => count(cell));

    /// <param name="what">What is counted, so that nothing need be captured.</param>
    /// <param name="now">Whoever is overtaken counts in the second of who came before.</param>
    public void Count<T>(T what, DateTimeOffset now, Action<TrafficCell, T> count)
    {
        lock (_gate)
        {
            long second = Math.Max(_second, now.ToUnixTimeSeconds());
            if (second != _second)
                Fold();
            _second = second;
            count(_present, what);
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
            Fold();
            return (_second, [.. _cells.SelectMany((cells, i) => cells.Select(c => (TrafficLevel.All[i].Key(c.Key), c.Value.Copy())))]);
        }
    }

    /// <summary>The rows taken in that second are on the store: cells of earlier stretches are not needed any more.</summary>
    public void Written(long second)
    {
        lock (_gate)
        {
            for (int i = 0; i < _cells.Length; i++)
                RemoveBefore(_cells[i], TrafficLevel.All[i].StartOf(second));
        }
    }

    /// <summary>Whether all is written and nothing was counted since then.</summary>
    public bool IsIdle(long since)
    {
        lock (_gate)
            return !_changed && _second < since;
    }

    public void NotWritten()
    {
        lock (_gate)
            _changed = true;
    }

    /// <summary>A request is counted once; it gets into the stretches of all levels with the others of its second.</summary>
    private void Fold()
    {
        if (_present.IsEmpty)
            return;
        for (int i = 0; i < _cells.Length; i++)
            CellOf(_cells[i], TrafficLevel.All[i].StartOf(_second), TrafficLevel.All[i].Buffered).Add(_present);
        _present = new TrafficCell();
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
