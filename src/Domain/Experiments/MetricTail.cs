namespace MlOps.Domain.Experiments;

/// <summary>
/// The points that were logged last, kept in the run's own row until there are many: a call of one point then costs the one write that
/// the run's latest values need anyway, and leaves no row of its own behind.
/// </summary>
internal sealed class MetricTail
{
    /// <summary>About 16 KiB, which every write of the run writes again.</summary>
    public const int MaxPoints = 1_500;

    /// <summary>At most this, whatever the names; a property takes 64 KiB.</summary>
    private const int MaxBytes = 40 << 10;

    /// <summary>Written again more often than this, points that fill rows of as many each have theirs for less.</summary>
    private const int MaxWrites = 64;
    private const int PointBytes = MetricChunk.MaxPointBytes;

    private readonly NamedValues<PackedPoints> _points = new();
    private int _bytes;

    // Since it was read, or empty.
    private int _writes;

    public int Count { get; private set; }

    /// <summary>Whether it is too much to be written again.</summary>
    public bool IsFull => Count > MaxPoints || _bytes > MaxBytes || (_writes > MaxWrites && Count >= MaxWrites * _points.Count);

    public static MetricTail Read(byte[]? stored)
    {
        var tail = new MetricTail();
        if (stored is null)
            return tail;
        foreach ((string name, PackedPoints points) in MetricBlock.Unpack(stored))
        {
            tail._points[name] = points;
            tail._bytes += MetricBlock.HeadBytes(name) + (PointBytes * points.Count);
            tail.Count += points.Count;
        }

        return tail;
    }

    /// <summary>Null when there are none.</summary>
    public byte[]? Write() => Count == 0 ? null : MetricBlock.Pack(All());

    public void Add(string name, LatestMetric point)
    {
        ref PackedPoints? points = ref _points.At(name, out bool isKnown);
        if (!isKnown)
            _bytes += MetricBlock.HeadBytes(name);
        (points ??= new()).Add(point);
        _bytes += PointBytes;
        Count++;
    }

    public IReadOnlyList<LatestMetric> Of(string name) => _points.TryGet(name, out PackedPoints? points) ? points.Unpack() : [];

    /// <summary>Each of its points as one that was logged.</summary>
    public void AddTo(NamedValues<LatestMetric> metrics)
    {
        foreach ((string name, PackedPoints points) in _points)
        {
            foreach (LatestMetric point in points.Unpack())
                metrics.Log(name, point);
        }
    }

    /// <summary>Before each write of the run's row: everything, by metric, if that is too much to be written again, and the tail is empty then; else nothing.</summary>
    public IReadOnlyList<(string Name, PackedPoints Points)> TakeDue()
    {
        _writes++;
        if (!IsFull)
            return [];
        (string, PackedPoints)[] all = All();
        _points.Clear();
        (Count, _bytes, _writes) = (0, 0, 0);
        return all;
    }

    private (string Name, PackedPoints Points)[] All() => [.. _points.Select(p => (p.Key, p.Value))];
}
