namespace MlOps.Server.Direct;

/// <summary>
/// Whether answers have been so quick of late that the thread of all sockets may give them. Where many took long (a slow model), those
/// of the next second go to the pool; a few do where other processes have the processor meanwhile, and say nothing.
/// </summary>
internal sealed class QuickAnswers
{
    /// <summary>Milliseconds; the clock's steps are 4.</summary>
    private const long Long = 10;

    /// <summary>Milliseconds.</summary>
    private const long Pause = 1_000;

    /// <summary>What a long answer counts against a quick one, and when there are too many.</summary>
    private const int Weight = 2, TooMany = 4;

    private int _long;
    private long _pausedUntil;

    /// <param name="now">Milliseconds of a clock that only goes forward.</param>
    public bool AreQuick(long now) => now >= Volatile.Read(ref _pausedUntil);

    /// <summary>Counts an answer. Answers at the same time may miscount one another, which does no harm.</summary>
    public void Took(long from, long to)
    {
        if (to - from < Long)
        {
            if (_long > 0)
                _long--;
            return;
        }

        _long += Weight;
        if (_long < TooMany)
            return;
        _long = 0;
        Volatile.Write(ref _pausedUntil, to + Pause);
    }
}
