using System.Buffers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Key and length of each line of a segment that is not written yet, in rented memory. Not thread-safe.</summary>
internal sealed class SegmentIndex
{
    /// <summary>Rows of a segment that are usual, and more: longer arrays are not used again.</summary>
    private const int MostPooled = 1 << 17;

    /// <summary>Of each length; a segment has one, and its successor while it is written.</summary>
    private const int Pooled = 4;

    // Pools of their own: the shared one keeps an array of each length for every thread that gave one back.
    private static readonly ArrayPool<ulong> KeyPool = ArrayPool<ulong>.Create(MostPooled, Pooled);
    private static readonly ArrayPool<int> LengthPool = ArrayPool<int>.Create(MostPooled, Pooled);

    private ulong[] _keys = [];
    private int[] _lengths = [];
    private DateTimeOffset _first = DateTimeOffset.MaxValue;
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    // NaN where not all rows have the same.
    private double _share;

    public int Count { get; private set; }

    /// <summary>The earliest time of a row.</summary>
    public DateTimeOffset First => _first;

    /// <summary>The latest.</summary>
    public DateTimeOffset Last => _last;

    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Count);

    /// <param name="lines">The record's, each with its end.</param>
    public void Add(PredictionRecord record, ReadOnlySpan<byte> lines)
    {
        double share = record.Rule?.Policy.Sample ?? 1;
        _share = Count == 0 || _share == share ? share : double.NaN;
        (_first, _last) = (record.Time < _first ? record.Time : _first, record.Time > _last ? record.Time : _last);
        for (int row = 0; !lines.IsEmpty; row++)
        {
            int length = record.Rows.Count == 1 ? lines.Length : lines.IndexOf((byte)'\n') + 1;
            Add(RowKey.Of(record.RequestId, row), length);
            lines = lines[length..];
        }
    }

    /// <summary>Adds a line that another index has.</summary>
    /// <param name="at">The time of its row.</param>
    public void Add(SegmentIndex other, int line, DateTimeOffset at)
    {
        _share = other._share;
        (_first, _last) = (at < _first ? at : _first, at > _last ? at : _last);
        Add(other._keys[line], other._lengths[line]);
    }

    /// <summary>What there is to say of the segment, without a sample.</summary>
    public SegmentNote Note() => new(Count, 0, _first, _last, _share);

    /// <summary>The lines whose keys are the smallest, in that order, and the key that all others are not below.</summary>
    /// <param name="most">So many, and those that have the last one's key.</param>
    public (int[] Lines, ulong Below) Smallest(int most)
    {
        // Keys are spread evenly: the smallest are nearly always among these, and to sort them takes a fraction of the time.
        ulong bound = RowKey.At(1.5 * most / Math.Max(1, Count));
        return (bound < ulong.MaxValue ? Smallest(most, bound) : null) ?? Smallest(most, null)!.Value;
    }

    /// <summary>Null where the keys below the bound are too few to tell.</summary>
    private (int[] Lines, ulong Below)? Smallest(int most, ulong? bound)
    {
        int[] lines = LinesBelow(bound);
        ulong[] keys = [.. lines.Select(line => _keys[line])];
        Array.Sort(keys, lines);
        int kept = Math.Min(most, keys.Length);
        while (kept < keys.Length && keys[kept] == keys[kept - 1])
            kept++;
        if (bound is not null && kept == keys.Length)
            return null;
        SortRuns(keys.AsSpan(0, kept), lines);
        return (lines[..kept], kept < keys.Length ? keys[kept] : ulong.MaxValue);
    }

    private int[] LinesBelow(ulong? bound)
    {
        // Not with room for all: it would be a large object for each segment.
        var lines = new List<int>();
        for (int line = 0; line < Count; line++)
        {
            if (bound is null || _keys[line] < bound)
                lines.Add(line);
        }

        return [.. lines];
    }

    /// <summary>Gives the memory back; nothing is left.</summary>
    public void Return()
    {
        KeyPool.Return(_keys);
        LengthPool.Return(_lengths);
        (_keys, _lengths, Count) = ([], [], 0);
    }

    private void Add(ulong key, int length)
    {
        if (Count == _keys.Length)
            Grow();
        (_keys[Count], _lengths[Count]) = (key, length);
        Count++;
    }

    private void Grow()
    {
        ulong[] keys = KeyPool.Rent(Math.Max(256, 2 * Count));
        int[] lengths = LengthPool.Rent(keys.Length);
        _keys.AsSpan(0, Count).CopyTo(keys);
        _lengths.AsSpan(0, Count).CopyTo(lengths);
        KeyPool.Return(_keys);
        LengthPool.Return(_lengths);
        (_keys, _lengths) = (keys, lengths);
    }

    /// <summary>Lines of one key, which a request that was sent twice has, stay in the order they came in.</summary>
    private static void SortRuns(ReadOnlySpan<ulong> keys, int[] lines)
    {
        for (int from = 0, to; from < keys.Length; from = to)
        {
            ulong key = keys[from];
            int length = keys[from..].IndexOfAnyExcept(key);
            to = length < 0 ? keys.Length : from + length;
            Array.Sort(lines, from, to - from);
        }
    }
}
