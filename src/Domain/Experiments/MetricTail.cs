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
    private const int PointBytes = MetricChunk.MaxPointBytes;

    private readonly NamedValues<PackedPoints> _points = new();
    private int _bytes;

    public int Count { get; private set; }

    public bool IsFull => Count > MaxPoints || _bytes > MaxBytes;

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

    /// <summary>Everything, by metric; the tail is empty then.</summary>
    public IReadOnlyList<(string Name, PackedPoints Points)> TakeAll()
    {
        (string, PackedPoints)[] all = All();
        _points.Clear();
        (Count, _bytes) = (0, 0);
        return all;
    }

    private (string Name, PackedPoints Points)[] All() => [.. _points.Select(p => (p.Key, p.Value))];
}
