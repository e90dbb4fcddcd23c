using System.Buffers;
using System.Text;

namespace MlOps.Domain.Experiments;

/// <summary>Points of several metrics in one property: of each its name, the length of its <see cref="MetricChunk"/>, and that.</summary>
internal static class MetricBlock
{
    private const int LengthBytes = 5;

    /// <summary>At most what a metric takes besides its points.</summary>
    public static int HeadBytes(string name) => Encoding.UTF8.GetByteCount(name) + 8;

    public static byte[] Pack(IEnumerable<(string Name, IReadOnlyList<LatestMetric> Points)> metrics)
    {
        var to = new ArrayBufferWriter<byte>(4_096);
        byte[] packed = [];
        foreach ((string name, IReadOnlyList<LatestMetric> points) in metrics)
        {
            if (packed.Length < points.Count * MetricChunk.MaxPointBytes)
                packed = new byte[points.Count * MetricChunk.MaxPointBytes];
            int length = MetricChunk.Pack(Span(points), packed);
            WriteLength(to, Encoding.UTF8.GetByteCount(name));
            Encoding.UTF8.GetBytes(name, to);
            WriteLength(to, length);
            to.Write(packed.AsSpan(0, length));
        }

        return to.WrittenSpan.ToArray();
    }

    public static IEnumerable<(string Name, List<LatestMetric> Points)> Unpack(byte[] block)
    {
        int at = 0;
        while (at < block.Length)
        {
            string name = Encoding.UTF8.GetString(Part(block, ref at));
            yield return (name, MetricChunk.Unpack(Part(block, ref at)));
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

    private static ReadOnlySpan<LatestMetric> Span(IReadOnlyList<LatestMetric> points) => points switch
    {
        List<LatestMetric> list => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list),
        LatestMetric[] array => array,
        _ => points.ToArray(),
    };

    private static void WriteLength(ArrayBufferWriter<byte> to, int length)
    {
        Span<byte> into = to.GetSpan(LengthBytes);
        int at = 0;
        for (uint left = (uint)length; ; left >>= 7)
        {
            into[at++] = (byte)(left < 0x80 ? left : left | 0x80);
            if (left < 0x80)
                break;
        }

        to.Advance(at);
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
