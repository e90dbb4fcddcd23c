using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MlOps.Learning;

/// <summary>
/// Reads the fields of a protocol buffers message (protobuf.dev, "Encoding") in place. Nothing is taken to be as long as it says before the message
/// is known to be. What is no such message is an <see cref="InvalidDataException"/> that says why; who reads turns it into an error of the format at hand.
/// </summary>
public ref struct ProtoReader(ReadOnlySpan<byte> message)
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

    /// <summary>Passes over the field's value.</summary>
    public void Skip()
    {
        switch (_wire)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new InvalidDataException($"field {Field} of its messages has the wire type {_wire}");
        }
    }

    /// <summary>A number of at most 64 bits as a varint, in two's complement.</summary>
    public long Whole() => _wire == 0 ? unchecked((long)Varint()) : throw Wrong("a whole number");

    /// <summary>Eight bytes, the lowest first.</summary>
    public ulong Fixed64() => _wire == 1 ? BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) : throw Wrong("a number of 8 bytes");

    /// <summary>A double.</summary>
    public double Real() => BitConverter.UInt64BitsToDouble(Fixed64());

    /// <summary>A float.</summary>
    public float Single() => _wire == 5 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw Wrong("a number");

    /// <summary>What a field of stated length holds: bytes, a text, a message, a packed list. It lies in the message itself.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        if (_wire != 2)
            throw Wrong("bytes");
        ulong length = Varint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw new InvalidDataException($"field {Field} of a message states {length:N0} bytes, {_rest.Length:N0} follow: it was cut off");
    }

    /// <summary>UTF-8; bytes that are none become replacement characters.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>Adds a number, or all of a packed list of them.</summary>
    public void AddTo(List<long> numbers)
    {
        if (_wire == 0)
        {
            numbers.Add(Whole());
            return;
        }

        var packed = new ProtoReader(Bytes());
        while (!packed._rest.IsEmpty)
            numbers.Add(unchecked((long)packed.Varint()));
    }

    /// <inheritdoc cref="AddTo(List{long})"/>
    public void AddTo(List<double> numbers)
    {
        switch (_wire)
        {
            case 5:
                numbers.Add(Single());
                break;
            case 1:
                numbers.Add(BinaryPrimitives.ReadDoubleLittleEndian(Take(8)));
                break;
            default:
                foreach (float number in MemoryMarshal.Cast<byte, float>(Bytes()))
                    numbers.Add(number);
                break;
        }
    }

    /// <summary>Adds a number of 64 bits, or all of a packed list of them.</summary>
    public void AddDoublesTo(List<double> numbers)
    {
        if (_wire == 1)
            numbers.Add(BinaryPrimitives.ReadDoubleLittleEndian(Take(8)));
        else
            numbers.AddRange(MemoryMarshal.Cast<byte, double>(Bytes()));
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }

        throw new InvalidDataException("it is no protocol buffers message: a number has more than 10 bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new InvalidDataException("a message ends in the midst of a field, so it was cut off");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private readonly InvalidDataException Wrong(string expected) => new InvalidDataException($"field {Field} of its messages is not {expected}");
}
