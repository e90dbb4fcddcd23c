using System.Text;

namespace MlOps.Domain.Experiments;

/// <summary>Points of several metrics in one property: of each its name, the length of its <see cref="MetricChunk"/>, and that.</summary>
internal static class MetricBlock
{
    private const int LengthBytes = 5;

    /// <summary>At most what a metric takes besides its points.</summary>
    public static int HeadBytes(string name) => Encoding.UTF8.GetByteCount(name) + 8;

    public static byte[] Pack(IReadOnlyCollection<(string Name, PackedPoints Points)> metrics)
    {
        byte[] block = new byte[metrics.Sum(m => HeadBytes(m.Name) + m.Points.Bytes.Length)];
        int at = 0;
        foreach ((string name, PackedPoints points) in metrics)
        {
            WriteLength(block, ref at, Encoding.UTF8.GetByteCount(name));
            at += Encoding.UTF8.GetBytes(name, block.AsSpan(at));
            WriteLength(block, ref at, points.Bytes.Length);
            points.Bytes.CopyTo(block.AsSpan(at));
            at += points.Bytes.Length;
        }

        return block[..at];
    }

    public static IEnumerable<(string Name, PackedPoints Points)> Unpack(byte[] block)
    {
        int at = 0;
        while (at < block.Length)
        {
            string name = Encoding.UTF8.GetString(Part(block, ref at));
            yield return (name, PackedPoints.Read(Part(block, ref at)));
        }
    }

    /// <summary>Adds the points of one metric, without reading those of the others.</summary>
    public static void Unpack(ReadOnlySpan<byte> block, string metric, List<LatestMetric> into)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(metric);
        int at = 0;
        while (at < block.Length)
        {
            bool isWanted = Part(block, ref at).SequenceEqual(wanted);
            ReadOnlySpan<byte> points = Part(block, ref at);
            if (!isWanted)
                continue;
            MetricChunk.Unpack(points, into);
            return;
        }
    }

    private static void WriteLength(Span<byte> into, ref int at, int length)
    {
        uint left = (uint)length;
        for (; left >= 0x80; left >>= 7)
            into[at++] = (byte)(left | 0x80);
        into[at++] = (byte)left;
    }

    /// <summary>A length and so many bytes.</summary>
    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> block, ref int at)
    {
        uint length = 0;
        for (int shift = 0; shift < 7 * LengthBytes; shift += 7)
        {
            byte next = block[at++];
            length |= (uint)(next & 0x7f) << shift;
            if (next < 0x80)
                break;
        }

        ReadOnlySpan<byte> part = block.Slice(at, (int)length);
        at += part.Length;
        return part;
    }
}
