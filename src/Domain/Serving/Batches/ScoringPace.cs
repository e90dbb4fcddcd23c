namespace MlOps.Domain.Serving.Batches;

/// <summary>
/// How long a version takes a call: a moving average of requests scored by themselves. While a version counts as slow one request in
/// <see cref="Every"/> is still scored by itself, so that the average goes on.
/// </summary>
internal sealed class ScoringPace
{
    /// <summary>Gathering costs a faster model more than it gains: a timer, two hand-overs between threads.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromMicroseconds(200);

    /// <summary>Requests that are measured before the first is gathered.</summary>
    public const int First = 8;

    public const int Every = 64;

    private const int Remembered = 16;

    private readonly Lock _gate = new();
    private double _average;
    private int _measured;
    private int _asked;

    /// <summary>Whether the next request should be gathered.</summary>
    public bool Ask()
    {
        lock (_gate)
            return _measured >= First && _average > Slow.TotalMicroseconds && ++_asked % Every != 0;
    }

    public void Add(TimeSpan latency)
    {
        lock (_gate)
        {
            _measured = Math.Min(_measured + 1, Remembered);
            _average += (latency.TotalMicroseconds - _average) / _measured;
        }
    }
}
