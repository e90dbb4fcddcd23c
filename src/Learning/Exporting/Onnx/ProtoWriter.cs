using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MlOps.Learning.Exporting.Onnx;

/// <summary>Writes the fields of a protocol buffers message (protobuf.dev, "Encoding"), one behind the other.</summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public ProtoWriter Whole(int field, long value)
    {
        Varint(((ulong)field << 3) | 0);
        Varint(unchecked((ulong)value));
        return this;
    }

    public ProtoWriter Single(int field, float value)
    {
        Varint(((ulong)field << 3) | 5);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    public ProtoWriter Field(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public ProtoWriter Text(int field, string value) => Field(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Message(int field, ProtoWriter message) => Field(field, message.Bytes);

    public ProtoWriter Wholes(int field, IEnumerable<long> values)
    {
        var packed = new ProtoWriter();
        foreach (long value in values)
            packed.Varint(unchecked((ulong)value));
        return Field(field, packed.Bytes);
    }

    public ProtoWriter Singles(int field, IEnumerable<float> values)
    {
        var packed = new ProtoWriter();
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        foreach (float value in values)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            packed._bytes.Write(bytes);
        }

        return Field(field, packed.Bytes);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
