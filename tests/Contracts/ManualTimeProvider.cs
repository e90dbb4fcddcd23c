using System.Diagnostics;

namespace MlOps.Contracts;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire on the thread that moves it, in order of their due time, and see
/// the clock at that time.
/// </summary>
public sealed class ManualTimeProvider(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer is due, or null when none is set: what a test waits for before it moves the clock.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_lock)
                return _timers.Count == 0 ? null : _timers.Min(t => t.Due);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public void Advance(TimeSpan by) => AdvanceTo(GetUtcNow() + by);

    public void AdvanceTo(DateTimeOffset time)
    {
        while (TakeDue(time) is { } timer)
            timer.Fire();
        lock (_lock)
            _now = time > _now ? time : _now;
    }

    /// <summary>Jumps from timer to timer until the task completes: hours of a workflow in an instant.</summary>
    /// <param name="patience">Real time between jumps, in which work that is not waiting for the clock may go on.</param>
    public async Task AdvanceUntilAsync(Task task, TimeSpan? patience = null, TimeSpan? timeout = null)
    {
        long began = Stopwatch.GetTimestamp();
        while (await Task.WhenAny(task, Task.Delay(patience ?? TimeSpan.FromMilliseconds(20))) != task)
        {
            if (Stopwatch.GetElapsedTime(began) > (timeout ?? Eventually.Patience))
                throw new TimeoutException($"the task did not complete though the clock was moved on to {GetUtcNow():O}");
            if (NextDue is { } due)
                AdvanceTo(due);
        }

        await task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(DateTimeOffset limit)
    {
        lock (_lock)
        {
            ManualTimer? next = _timers.MinBy(t => t.Due);
            if (next is null || next.Due > limit)
                return null;
            _now = next.Due > _now ? next.Due : _now;
            if (next.Period > TimeSpan.Zero)
                next.Due += next.Period;
            else
                _timers.Remove(next);
            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                Period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = clock._now + dueTime;
                clock._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
