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
        // Written in place: a row may be a megabyte, and most large ones are one property.
        byte[] row = new byte[1 + LengthBytes(properties.Count) + properties.Sum(p => TextBytes(p.Key) + 1 + ValueBytes(p.Value))];
        Span<byte> to = row;
        WriteByte(ref to, Version);
        WriteLength(ref to, properties.Count);
        foreach ((string name, object value) in properties)
        {
            WriteText(ref to, name);
            WriteValue(ref to, value);
        }

        return row;
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

    private static void WriteValue(ref Span<byte> to, object value)
    {
        switch (value)
        {
            case string text:
                WriteByte(ref to, (byte)Tag.Text);
                WriteText(ref to, text);
                break;
            case long number:
                WriteByte(ref to, (byte)Tag.Int);
                WriteFixed(ref to, number);
                break;
            case double number:
                WriteByte(ref to, (byte)Tag.Real);
                WriteFixed(ref to, BitConverter.DoubleToInt64Bits(number));
                break;
            case bool flag:
                WriteByte(ref to, (byte)(flag ? Tag.True : Tag.False));
                break;
            case DateTimeOffset time:
                WriteByte(ref to, (byte)Tag.Time);
                WriteFixed(ref to, time.UtcTicks);
                break;
            case byte[] bytes:
                WriteByte(ref to, (byte)Tag.Binary);
                WriteLength(ref to, bytes.Length);
                bytes.CopyTo(to);
                to = to[bytes.Length..];
                break;
        }
    }

    /// <summary>What a value takes behind its tag.</summary>
    private static int ValueBytes(object value) => value switch
    {
        string text => TextBytes(text),
        byte[] bytes => LengthBytes(bytes.Length) + bytes.Length,
        bool => 0,
        long or double or DateTimeOffset => sizeof(long),
        _ => throw new ArgumentException($"a table cannot hold a {value.GetType().Name}"),
    };

    private static int TextBytes(string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        return LengthBytes(bytes) + bytes;
    }

    private static int LengthBytes(int value)
    {
        int bytes = 1;
        for (uint left = (uint)value; left >= 0x80; left >>= 7)
            bytes++;
        return bytes;
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

    private static void WriteByte(ref Span<byte> to, byte value)
    {
        to[0] = value;
        to = to[1..];
    }

    private static void WriteFixed(ref Span<byte> to, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, value);
        to = to[sizeof(long)..];
    }

    private static void WriteLength(ref Span<byte> to, int value)
    {
        uint left = (uint)value;
        for (; left >= 0x80; left >>= 7)
            WriteByte(ref to, (byte)(left | 0x80));
        WriteByte(ref to, (byte)left);
    }

    private static void WriteText(ref Span<byte> to, string text)
    {
        WriteLength(ref to, Encoding.UTF8.GetByteCount(text));
        to = to[Encoding.UTF8.GetBytes(text, to)..];
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
