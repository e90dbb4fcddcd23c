namespace MlOps.Server;

/// <summary>
/// How many threads the pool is to have, told at each beat from the work it has done. One thread a processor is the fastest while
/// work is short; what calculates for a while (a training, a check) would hold up all else until the runtime notices, half a second later.
/// So a pool that stands still for two beats gets another thread, up to a limit, and loses it again when nothing has stood still for a
/// while. Where it was needed again at once, the while is twice as long.
/// </summary>
internal sealed class PoolRoom(int least, int most, TimeSpan beat)
{
    private static readonly TimeSpan ShortestHold = TimeSpan.FromSeconds(1), LongestHold = TimeSpan.FromSeconds(16);

    /// <summary>Beats without work after which they come less often, and how much.</summary>
    private const int IdleAfter = 50, IdleBeats = 10;

    private TimeSpan _beatAt;
    private TimeSpan _raisedAt;
    private TimeSpan _loweredAt = TimeSpan.MinValue;
    private TimeSpan _hold = ShortestHold;
    private long _completed;
    private int _still;
    private int _idle;
    private int _extra;

    public int Threads => least + _extra;

    /// <summary>How long until the next beat: longer where nothing has been done and nothing waited for a while.</summary>
    public TimeSpan Next => _idle < IdleAfter ? beat : IdleBeats * beat;

    /// <param name="now">Of a clock that only goes forward.</param>
    /// <param name="completed">Items of work that the pool has done so far.</param>
    /// <param name="pending">Items that wait.</param>
    /// <returns>Whether <see cref="Threads"/> is another than before.</returns>
    public bool Beat(TimeSpan now, long completed, long pending)
    {
        // A beat that comes late says that the whole process stood still, which more threads do not mend: it counts for nothing.
        bool late = now - _beatAt > 2 * Next, same = completed == _completed;
        _still = !same || pending == 0 ? 0 : late ? _still : _still + 1;
        _idle = same && pending == 0 && _extra == 0 ? Math.Min(_idle + 1, IdleAfter) : 0;
        (_beatAt, _completed) = (now, completed);
        int before = _extra;
        if (_still >= 2 && Threads < most)
            Raise(now);
        else if (_extra > 0 && now - _raisedAt >= _hold)
            (_extra, _loweredAt) = (0, now);
        return _extra != before;
    }

    private void Raise(TimeSpan now)
    {
        if (_extra == 0)
            _hold = _loweredAt > TimeSpan.MinValue && now - _loweredAt < ShortestHold ? TimeSpan.FromTicks(Math.Min(2 * _hold.Ticks, LongestHold.Ticks)) : ShortestHold;
        _extra++;
        (_raisedAt, _still) = (now, 0);
    }
}
