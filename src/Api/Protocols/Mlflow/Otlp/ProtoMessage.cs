using System.Buffers.Binary;
using System.Text;

namespace MlOps.Api.Protocols.Mlflow.Otlp;

/// <summary>The fields of a protocol buffers message in place (protobuf.dev, "Encoding"), of the wire types that spans have.</summary>
internal ref struct ProtoMessage(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private int _wire;

    /// <summary>Number of the field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        ulong tag = Varint();
        (Field, _wire) = ((int)(tag >> 3), (int)(tag & 7));
        return true;
    }

    public void Skip()
    {
        if (_wire == 0)
            Varint();
        else if (_wire == 2)
            Bytes();
        else
            Take(_wire switch { 1 => 8, 5 => 4, _ => throw OtlpErrors.Damaged($"field {Field} has the wire type {_wire}") });
    }

    public long Whole() => _wire == 0 ? unchecked((long)Varint()) : throw Wrong("a whole number");

    public ulong Fixed64() => _wire == 1 ? BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) : throw Wrong("a number of 8 bytes");

    public double Real() => BitConverter.UInt64BitsToDouble(Fixed64());

    public ReadOnlySpan<byte> Bytes()
    {
        if (_wire != 2)
            throw Wrong("bytes");
        ulong length = Varint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw OtlpErrors.Damaged($"field {Field} states {length:N0} bytes, {_rest.Length:N0} follow");
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw OtlpErrors.Damaged("a number has more than 10 bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw OtlpErrors.Damaged("it ends in the midst of a field");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private readonly MlOpsException Wrong(string expected) => OtlpErrors.Damaged($"field {Field} is not {expected}");
}

internal static class OtlpErrors
{
    /// <summary>Values in values.</summary>
    public const int MaxDepth = 32;

    public static MlOpsException Damaged(string why) => MlOpsException.Invalid("otlp-invalid", $"Invalid OpenTelemetry format: {why}");

    public static MlOpsException TooDeep() => Damaged($"a value is more than {MaxDepth} values deep");
}
