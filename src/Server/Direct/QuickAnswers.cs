namespace MlOps.Server.Direct;

/// <summary>
/// Whether answers have been so quick of late that the thread of all sockets may give them. Where long ones (of a slow model) take more than a
/// tenth of the time, or one takes very long, those of the next while go to the pool, the longer the longer it took. A few are long where other processes
/// have the processor meanwhile, and say nothing.
/// </summary>
internal sealed class QuickAnswers
{
    /// <summary>Milliseconds; the clock's steps are 4.</summary>
    private const long Long = 10;

    /// <summary>Milliseconds of long answers that are too many.</summary>
    private const long TooMuch = 40;

    /// <summary>A tenth of the time that passes is forgiven.</summary>
    private const long Share = 10;

    /// <summary>The shortest pause in milliseconds, and how many times the answer's time.</summary>
    private const long LeastPause = 1_000, Times = 20;

    private long _spent;
    private long _countedAt;
    private long _pausedUntil;

    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool AreQuick(long now) => now >= Volatile.Read(ref _pausedUntil);

    /// <summary>Counts an answer, whichever thread gave it. Answers at the same time may miscount one another, which does no harm.</summary>
    public void Took(long from, long to)
    {
        long took = to - from;
        if (took < Long)
            return;
        _spent = Math.Max(0, _spent - ((from - _countedAt) / Share)) + took;
        _countedAt = to;
        if (_spent < TooMuch)
            return;
        _spent = 0;
        Volatile.Write(ref _pausedUntil, Math.Max(_pausedUntil, to + Math.Max(LeastPause, Times * took)));
    }
}
