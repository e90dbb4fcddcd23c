namespace MlOps.Domain.Serving;

/// <summary>
/// What this process counted for one version and has still to write. Requests count in the present second, under a lock that nobody holds for
/// longer than that; seconds that are over are gathered into the stretches of each <see cref="TrafficLevel"/> (<see cref="TrafficStretches"/>) when
/// they are written. The second never goes back, so that a stretch, once written and dropped, is not begun anew.
/// </summary>
/// <param name="writer">Under which its rows are written: its own, so that they hold all that it counted and nothing else.</param>
/// <param name="room">Most bytes that it may hold of what could not be written.</param>
internal sealed class TrafficCounter(TimeProvider time, string writer, Func<long> room)
{
    /// <summary>Seconds that wait to be gathered while a write takes long; past it a request gathers them.</summary>
    private const int MostWaiting = 5;

    private readonly Lock _gate = new();

    /// <summary>Taken before <see cref="_gate"/>, and held while what is over is gathered: in the order it was counted.</summary>
    private readonly Lock _gathering = new();

    private readonly TrafficStretches _stretches = new();
    private List<(long Second, TrafficCell Cell)> _over = [];
    private TrafficCell _present = new();
    private long _second;
    private bool _changed;

    public string Writer => writer;

    /// <summary>Bytes of what is over and not written, days left out.</summary>
    public long Held
    {
        get
        {
            lock (_gathering)
                return _stretches.Held;
        }
    }

    public void Count(Action<TrafficCell> count) => Count(count, time.GetUtcNow(), static (cell, count) => count(cell));

    /// <param name="what">What is counted, so that nothing need be captured.</param>
    /// <param name="now">Whoever is overtaken counts in the second of who came before.</param>
    public void Count<T>(T what, DateTimeOffset now, Action<TrafficCell, T> count)
    {
        bool gathers = false;
        lock (_gate)
        {
            long second = Math.Max(_second, now.ToUnixTimeSeconds());
            if (second != _second)
                gathers = EndSecond() > MostWaiting;
            _second = second;
            count(_present, what);
            _changed = true;
        }

        if (!gathers)
            return;
        lock (_gathering)
        {
            Gather(takes: false);
            _stretches.Trim(room());
        }
    }

    /// <summary>The rows to write as they are now, and the second they were taken in; none when nothing was counted since the last taking.</summary>
    public (long Second, IReadOnlyList<(string Start, SealedCell Cell)> Rows) Take()
    {
        lock (_gathering)
        {
            (long second, bool isChanged) = Gather(takes: true);
            return (second, isChanged ? _stretches.Rows() : []);
        }
    }

    /// <summary>The rows taken in that second are on the store: cells of earlier stretches are not needed any more.</summary>
    public void Written(long second)
    {
        lock (_gathering)
            _stretches.Written(second);
    }

    /// <summary>Whether all is written and nothing was counted since then.</summary>
    public bool IsIdle(long since)
    {
        lock (_gate)
            return !_changed && _second < since;
    }

    /// <summary>What was taken is held for the next time, as far as there is room.</summary>
    public void NotWritten()
    {
        lock (_gate)
            _changed = true;
        lock (_gathering)
            _stretches.Trim(room());
    }

    /// <summary>How many seconds wait to be gathered.</summary>
    private int EndSecond()
    {
        if (_present.IsEmpty)
            return _over.Count;
        _over.Add((_second, _present));
        _present = new TrafficCell();
        return _over.Count;
    }

    /// <summary>Under <see cref="_gathering"/>: what is over is swapped out, and put together while requests count on.</summary>
    private (long Second, bool Changed) Gather(bool takes)
    {
        List<(long Second, TrafficCell Cell)> over;
        (long Second, bool Changed) present;
        lock (_gate)
        {
            present = (_second, _changed);
            if (takes)
            {
                EndSecond();
                _changed = false;
            }

            (over, _over) = (_over, []);
        }

        foreach ((long second, TrafficCell cell) in over)
            _stretches.Add(second, cell);
        return present;
    }
}
