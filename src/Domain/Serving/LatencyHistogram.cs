namespace MlOps.Domain.Serving;

/// <summary>
/// Counts of latencies in fixed logarithmic buckets, so that histograms of any two processes and times add up: bucket i ends at
/// 1 microsecond x 2^(i/8), each 9 % wider than the last, the last at 134 s. A quantile is thus exact to 9 %.
/// </summary>
public sealed class LatencyHistogram
{
    private const int PerOctave = 8;
    private const int Buckets = (27 * PerOctave) + 1;

    private readonly long[] _counts = new long[Buckets];

    public long Count { get; private set; }

    public void Add(TimeSpan latency)
    {
        _counts[BucketOf(latency)]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < Buckets; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
    }

    /// <summary>The upper end of the bucket that holds the quantile (nearest rank), or null when nothing was counted.</summary>
    /// <param name="q">0 to 1.</param>
    public TimeSpan? Quantile(double q)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(q * Count));
        for (int i = 0; i < Buckets; i++)
        {
            rank -= _counts[i];
            if (rank <= 0)
                return UpperEnd(i);
        }

        return null;
    }

    /// <summary>How many were above a latency; those of the bucket that it falls into do not count.</summary>
    public long CountAbove(TimeSpan latency)
    {
        // A quantile is the upper end of its bucket, which rounding must not carry into the next.
        int bucket = BucketOf(latency * (1 - 1e-6));
        long above = 0;
        for (int i = bucket + 1; i < Buckets; i++)
            above += _counts[i];
        return above;
    }

    /// <summary>Pairs of bucket and count as LEB128 numbers; empty for no counts.</summary>
    public byte[] ToBytes()
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        for (int i = 0; i < Buckets; i++)
        {
            if (_counts[i] == 0)
                continue;
            writer.Write7BitEncodedInt(i);
            writer.Write7BitEncodedInt64(_counts[i]);
        }

        return bytes.ToArray();
    }

    public static LatencyHistogram FromBytes(byte[] bytes)
    {
        var histogram = new LatencyHistogram();
        using var reader = new BinaryReader(new MemoryStream(bytes));
        while (reader.BaseStream.Position < bytes.Length)
        {
            int bucket = reader.Read7BitEncodedInt();
            long count = reader.Read7BitEncodedInt64();
            histogram._counts[bucket] += count;
            histogram.Count += count;
        }

        return histogram;
    }

    private static int BucketOf(TimeSpan latency)
    {
        double microseconds = latency.TotalMicroseconds;
        return microseconds <= 1 ? 0 : Math.Min(Buckets - 1, (int)Math.Ceiling(Math.Log2(microseconds) * PerOctave));
    }

    private static TimeSpan UpperEnd(int bucket) => TimeSpan.FromMicroseconds(Math.Pow(2, bucket / (double)PerOctave));
}
