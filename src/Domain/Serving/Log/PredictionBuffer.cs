namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Records that are not written yet: open segments, one per model and hour, and sealed ones in the order they go out.
/// Not more than a bounded number of rows, and of bytes, in all. Thread-safe.
/// </summary>
internal sealed class PredictionBuffer(PredictionLogOptions options, string writer)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Model, DateTime Hour), Segment> _open = [];
    private readonly Queue<Segment> _sealed = new();

    // The open segment that the last record went to: nearly always that of the next.
    private Segment? _last;
    private long _sequence;
    private long _rows;
    private long _bytes;

    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>False: the buffer is full and the record was not taken. <paramref name="full"/>: a segment is ready to be written.</summary>
    /// <exception cref="ArgumentException">The record cannot be written.</exception>
    public bool TryAdd(PredictionRecord record, out bool full)
    {
        full = false;
        if (!HasRoom(record.Rows.Count, 1))
            return false;
        ReadOnlySpan<byte> lines = SegmentLines.Of(record);
        lock (_gate)
        {
            if (!HasRoom(record.Rows.Count, lines.Length))
                return false;
            Segment segment = SegmentFor(record);
            segment.Lines.Add(lines);
            segment.Index.Add(record, lines);
            segment.Rows += record.Rows.Count;
            segment.Bytes += lines.Length;
            _rows += record.Rows.Count;
            _bytes += lines.Length;
            full = segment.Rows >= options.SegmentRows || segment.Bytes >= options.SegmentBytes;
            if (full)
                Seal(segment);
            return true;
        }
    }

    /// <summary>Seals the segments that were begun before the given time.</summary>
    public void SealBefore(DateTimeOffset time)
    {
        lock (_gate)
        {
            foreach (Segment segment in _open.Values.Where(s => s.Begun < time).OrderBy(s => s.Begun).ToList())
                Seal(segment);
        }
    }

    public Segment? Peek()
    {
        lock (_gate)
            return _sealed.TryPeek(out Segment? segment) ? segment : null;
    }

    public void Written(Segment segment)
    {
        lock (_gate)
        {
            if (_sealed.TryPeek(out Segment? first) && first == segment)
            {
                _sealed.Dequeue();
                segment.Lines.Return();
                segment.Index.Return();
                _rows -= segment.Rows;
                _bytes -= segment.Bytes;
            }
        }
    }

    /// <summary>Asked without the lock too, so that a full log does not pay for lines that it drops.</summary>
    private bool HasRoom(int rows, long bytes) =>
        Interlocked.Read(ref _rows) + rows <= options.BufferedRows && Interlocked.Read(ref _bytes) + bytes <= options.BufferedBytes;

    private Segment SegmentFor(PredictionRecord record)
    {
        DateTime at = record.Time.UtcDateTime;
        if (_last is { } last && last.Key.Model == record.Model && at >= last.Key.Hour && at - last.Key.Hour < TimeSpan.FromHours(1))
            return last;
        var key = (record.Model, at.Date.AddHours(at.Hour));
        if (!_open.TryGetValue(key, out Segment? segment))
            _open[key] = segment = new Segment(key, record.Time, PredictionPaths.Segment(record.Model, record.Time, writer, _sequence++));
        return _last = segment;
    }

    private void Seal(Segment segment)
    {
        _last = null;
        _open.Remove(segment.Key);
        _sealed.Enqueue(segment);
    }

    /// <summary>The path is fixed at the start: writing it again after a failure that was none cannot double the records.</summary>
    internal sealed class Segment((string Model, DateTime Hour) key, DateTimeOffset begun, string path)
    {
        public (string Model, DateTime Hour) Key => key;

        public DateTimeOffset Begun => begun;

        public string Path => path;

        public SegmentBytes Lines { get; } = new();

        public SegmentIndex Index { get; } = new();

        public int Rows { get; set; }

        public long Bytes { get; set; }
    }
}
