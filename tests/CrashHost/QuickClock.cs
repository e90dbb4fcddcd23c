namespace MlOps.CrashHost;

/// <summary>The system's clock at twenty times its speed, in every process the same; what is waited for comes as much sooner.</summary>
public sealed class QuickClock : TimeProvider
{
    private const int Speed = 20;

    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _leapt;

    public override DateTimeOffset GetUtcNow() => Epoch + ((base.GetUtcNow() - Epoch) * Speed);

    public override long GetTimestamp() => (base.GetTimestamp() * Speed) + Volatile.Read(ref _leapt);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Sooner(dueTime), Sooner(period));

    /// <summary>Lets so much time pass on the stopwatch, without any timer.</summary>
    public void Leap(TimeSpan time) => Interlocked.Add(ref _leapt, (long)(time.TotalSeconds * TimestampFrequency));

    private static TimeSpan Sooner(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / Speed;
}
