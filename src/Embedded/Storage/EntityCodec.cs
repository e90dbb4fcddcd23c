using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// A property bag as bytes: a version, the number of properties, then for each its name, a type tag and the value. Numbers are
/// little-endian; lengths and counts are base-128 varints. Doubles keep every bit, so NaN payloads and -0.0 survive.
/// </summary>
internal static class EntityCodec
{
    private const byte Version = 1;

    private enum Tag : byte
    {
        Text = 1,
        Int = 2,
        Real = 3,
        False = 4,
        True = 5,
        Time = 6,
        Binary = 7,
    }

    public static byte[] Encode(IReadOnlyDictionary<string, object> properties)
    {
        var to = new ArrayBufferWriter<byte>(256);
        WriteByte(to, Version);
        WriteLength(to, properties.Count);
        foreach ((string name, object value) in properties)
        {
            WriteText(to, name);
            WriteValue(to, value);
        }

        return to.WrittenSpan.ToArray();
    }

    /// <summary>Sets every property of <paramref name="body"/> on the entity.</summary>
    /// <exception cref="MlOpsException">Unavailable <c>entity-corrupt</c>.</exception>
    public static void DecodeInto(Entity entity, ReadOnlySpan<byte> body)
    {
        try
        {
            ReadOnlySpan<byte> from = body;
            if (Take(ref from, 1)[0] != Version)
                throw new FormatException($"layout {body[0]}, known is {Version}");
            for (int left = ReadLength(ref from); left > 0; left--)
                entity[ReadText(ref from)] = ReadValue(ref from);
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException)
        {
            throw new MlOpsException(
                ErrorKind.Unavailable, "entity-corrupt", $"the stored row {entity.Key} cannot be read: it was written by a newer version of MlOps, or is damaged", e);
        }
    }

    private static void WriteValue(ArrayBufferWriter<byte> to, object value)
    {
        switch (value)
        {
            case string text:
                WriteByte(to, (byte)Tag.Text);
                WriteText(to, text);
                break;
            case long number:
                WriteByte(to, (byte)Tag.Int);
                WriteFixed(to, number);
                break;
            case double number:
                WriteByte(to, (byte)Tag.Real);
                WriteFixed(to, BitConverter.DoubleToInt64Bits(number));
                break;
            case bool flag:
                WriteByte(to, (byte)(flag ? Tag.True : Tag.False));
                break;
            case DateTimeOffset time:
                WriteByte(to, (byte)Tag.Time);
                WriteFixed(to, time.UtcTicks);
                break;
            case byte[] bytes:
                WriteByte(to, (byte)Tag.Binary);
                WriteLength(to, bytes.Length);
                to.Write(bytes);
                break;
            default:
                throw new ArgumentException($"a table cannot hold a {value.GetType().Name}");
        }
    }

    private static object ReadValue(ref ReadOnlySpan<byte> from)
    {
        var tag = (Tag)Take(ref from, 1)[0];
        return tag switch
        {
            Tag.Text => ReadText(ref from),
            Tag.Int => ReadFixed(ref from),
            Tag.Real => BitConverter.Int64BitsToDouble(ReadFixed(ref from)),
            Tag.False => false,
            Tag.True => true,
            Tag.Time => new DateTimeOffset(ReadFixed(ref from), TimeSpan.Zero),
            Tag.Binary => Take(ref from, ReadLength(ref from)).ToArray(),
            _ => throw new FormatException($"a value of type {(byte)tag}"),
        };
    }

    private static void WriteByte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    private static void WriteFixed(ArrayBufferWriter<byte> to, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to.GetSpan(sizeof(long)), value);
        to.Advance(sizeof(long));
    }

    private static void WriteLength(ArrayBufferWriter<byte> to, int value)
    {
        uint left = (uint)value;
        for (; left >= 0x80; left >>= 7)
            WriteByte(to, (byte)(left | 0x80));
        WriteByte(to, (byte)left);
    }

    private static void WriteText(ArrayBufferWriter<byte> to, string text)
    {
        WriteLength(to, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, to);
    }

    private static long ReadFixed(ref ReadOnlySpan<byte> from) => BinaryPrimitives.ReadInt64LittleEndian(Take(ref from, sizeof(long)));

    private static int ReadLength(ref ReadOnlySpan<byte> from)
    {
        uint value = 0;
        for (int shift = 0; shift < 32; shift += 7)
        {
            byte next = Take(ref from, 1)[0];
            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80)
                return (int)value;
        }

        throw new FormatException("a length of more than 32 bits");
    }

    private static string ReadText(ref ReadOnlySpan<byte> from) => Encoding.UTF8.GetString(Take(ref from, ReadLength(ref from)));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> from, int count)
    {
        ReadOnlySpan<byte> taken = from[..count];
        from = from[count..];
        return taken;
    }
}
