using System.Text;

namespace MlOps.Domain.Experiments;

/// <summary>Points of several metrics in one property: of each its name, the length of its <see cref="MetricChunk"/>, and that.</summary>
internal static class MetricBlock
{
    /// <summary>At most what a metric takes besides its points.</summary>
    public static int HeadBytes(string name) => Encoding.UTF8.GetByteCount(name) + 8;

    public static byte[] Pack(IEnumerable<(string Name, IReadOnlyList<LatestMetric> Points)> metrics)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        foreach ((string name, IReadOnlyList<LatestMetric> points) in metrics)
        {
            byte[] packed = MetricChunk.Pack([.. points]);
            writer.Write(name);
            writer.Write7BitEncodedInt(packed.Length);
            writer.Write(packed);
        }

        return bytes.ToArray();
    }

    public static IEnumerable<(string Name, IReadOnlyList<LatestMetric> Points)> Unpack(byte[] block)
    {
        using var reader = new BinaryReader(new MemoryStream(block, writable: false), Encoding.UTF8);
        while (reader.BaseStream.Position < block.Length)
        {
            string name = reader.ReadString();
            yield return (name, [.. MetricChunk.Unpack(reader.ReadBytes(reader.Read7BitEncodedInt()))]);
        }
    }

    /// <summary>The points of one metric, without reading those of the others.</summary>
    public static IEnumerable<LatestMetric> Unpack(byte[] block, string metric)
    {
        using var reader = new BinaryReader(new MemoryStream(block, writable: false), Encoding.UTF8);
        while (reader.BaseStream.Position < block.Length)
        {
            bool wanted = reader.ReadString() == metric;
            int length = reader.Read7BitEncodedInt();
            if (wanted)
                return MetricChunk.Unpack(reader.ReadBytes(length));
            reader.BaseStream.Position += length;
        }

        return [];
    }
}
