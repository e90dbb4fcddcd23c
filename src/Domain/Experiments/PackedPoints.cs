namespace MlOps.Domain.Experiments;

/// <summary>Points of one metric as <see cref="MetricChunk"/> packs them, which grow at the end without being packed again.</summary>
internal sealed class PackedPoints
{
    private byte[] _bytes = [];
    private int _length;
    private LatestMetric _first;
    private LatestMetric _last;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Whether no point is before the one that was added before it.</summary>
    public bool IsInOrder { get; private set; } = true;

    public LatestMetric First => _first;

    public static PackedPoints Of(IEnumerable<LatestMetric> points)
    {
        var packed = new PackedPoints();
        foreach (LatestMetric point in points)
            packed.Add(point);
        return packed;
    }

    /// <param name="packed">Is copied.</param>
    public static PackedPoints Read(ReadOnlySpan<byte> packed)
    {
        var points = new PackedPoints { _bytes = packed.ToArray(), _length = packed.Length };
        LatestMetric previous = default;
        for (int at = 0; at < packed.Length;)
        {
            LatestMetric point = MetricChunk.Read(packed, ref at, previous);
            points.Follow(point);
            previous = point;
        }

        return points;
    }

    public void Add(LatestMetric point)
    {
        if (_bytes.Length - _length < MetricChunk.MaxPointBytes)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, MetricChunk.MaxPointBytes));
        _length += MetricChunk.Write(_bytes.AsSpan(_length), Count == 0 ? default : _last, point);
        Follow(point);
    }

    public List<LatestMetric> Unpack() => MetricChunk.Unpack(Bytes);

    private void Follow(LatestMetric point)
    {
        if (Count++ == 0)
            _first = point;
        else
            IsInOrder &= _last.CompareTo(point) <= 0;
        _last = point;
    }
}
