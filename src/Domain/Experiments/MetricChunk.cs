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

    public const int MaxPointBytes = (2 * MaxVarintBytes) + sizeof(double);

    private const int MaxVarintBytes = 10;

    public static byte[] Pack(ReadOnlySpan<LatestMetric> points)
    {
        byte[] bytes = new byte[points.Length * MaxPointBytes];
        int at = 0;
        LatestMetric previous = default;
        foreach (LatestMetric point in points)
        {
            at += Write(bytes.AsSpan(at), previous, point);
            previous = point;
        }

        return bytes[..at];
    }

    /// <param name="into">Room for <see cref="MaxPointBytes"/>.</param>
    /// <param name="previous">The point before, or the default of none.</param>
    /// <returns>The bytes that were written.</returns>
    public static int Write(Span<byte> into, LatestMetric previous, LatestMetric point)
    {
        int at = Write(into, 0, ZigZag(point.S - previous.S));
        at = Write(into, at, ZigZag(point.T - previous.T));
        BinaryPrimitives.WriteDoubleLittleEndian(into[at..], point.V);
        return at + sizeof(double);
    }

    /// <summary>One point.</summary>
    /// <param name="previous">The point before, or the default of none.</param>
    public static LatestMetric Read(ReadOnlySpan<byte> packed, ref int at, LatestMetric previous)
    {
        long step = previous.S + UnZigZag(Read(packed, ref at));
        long time = previous.T + UnZigZag(Read(packed, ref at));
        double value = BinaryPrimitives.ReadDoubleLittleEndian(packed[at..]);
        at += sizeof(double);
        return new LatestMetric(value, step, time);
    }

    public static List<LatestMetric> Unpack(ReadOnlySpan<byte> packed)
    {
        var points = new List<LatestMetric>(packed.Length / (2 + sizeof(double)));
        Unpack(packed, points);
        return points;
    }

    public static void Unpack(ReadOnlySpan<byte> packed, List<LatestMetric> into)
    {
        LatestMetric previous = default;
        for (int at = 0; at < packed.Length;)
            into.Add(previous = Read(packed, ref at, previous));
    }

    private static int Write(Span<byte> into, int at, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            into[at++] = (byte)(value | 0x80);
        into[at++] = (byte)value;
        return at;
    }

    private static ulong Read(ReadOnlySpan<byte> from, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 7 * MaxVarintBytes; shift += 7)
        {
            byte next = from[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }

        throw new FormatException("a number of more than 64 bits in a metric's points");
    }

    // Differences of far-apart steps wrap around; so do the sums that undo them.
    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
