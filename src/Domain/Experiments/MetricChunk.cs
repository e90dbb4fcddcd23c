using System.Buffers.Binary;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Points of one metric in one property: for each the difference of its step and of its Unix milliseconds to the point before as
/// zig-zag varints, then the value as 8 little-endian bytes. About 11 bytes a point for a regular series, at most 28.
/// </summary>
internal static class MetricChunk
{
    /// <summary>Points that fit a 64 KiB property at worst.</summary>
    public const int MaxPoints = 2_000;

    public static byte[] Pack(ReadOnlySpan<LatestMetric> points)
    {
        using var bytes = new MemoryStream(points.Length * 12);
        using var writer = new BinaryWriter(bytes);
        LatestMetric previous = default;
        foreach (LatestMetric point in points)
        {
            writer.Write7BitEncodedInt64(ZigZag(point.S - previous.S));
            writer.Write7BitEncodedInt64(ZigZag(point.T - previous.T));
            writer.Write(BitConverter.DoubleToInt64Bits(point.V));
            previous = point;
        }

        return bytes.ToArray();
    }

    public static IEnumerable<LatestMetric> Unpack(byte[] packed)
    {
        using var reader = new BinaryReader(new MemoryStream(packed, writable: false));
        LatestMetric previous = default;
        Span<byte> value = stackalloc byte[8];
        var points = new List<LatestMetric>();
        while (reader.BaseStream.Position < packed.Length)
        {
            long step = previous.S + UnZigZag(reader.Read7BitEncodedInt64());
            long time = previous.T + UnZigZag(reader.Read7BitEncodedInt64());
            reader.BaseStream.ReadExactly(value);
            previous = new LatestMetric(BinaryPrimitives.ReadDoubleLittleEndian(value), step, time);
            points.Add(previous);
        }

        return points;
    }

    // Differences of far-apart steps wrap around; so do the sums that undo them.
    private static long ZigZag(long value) => (value << 1) ^ (value >> 63);

    private static long UnZigZag(long value) => (long)((ulong)value >> 1) ^ -(value & 1);
}
