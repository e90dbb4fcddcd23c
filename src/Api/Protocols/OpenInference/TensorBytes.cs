using System.Buffers.Binary;
using System.Text;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// Tensors of the binary extension: little-endian, row-major, without padding; a BYTES element has its length, 4 bytes, before it.
/// </summary>
internal static class TensorBytes
{
    /// <summary>Before each BYTES element.</summary>
    public const int LengthBytes = 4;

    /// <summary>The largest number of BF16.</summary>
    public static readonly double MaxBrainFloat = BitConverter.Int32BitsToSingle(0x7F7F << 16);

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public delegate object? Reader(ReadOnlySpan<byte> element);

    public static object? Flag(ReadOnlySpan<byte> element) => element[0] switch { 0 => false, 1 => true, _ => null };

    /// <summary>The upper half of a float.</summary>
    public static object? BrainFloat(ReadOnlySpan<byte> element) => (double)BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16);

    /// <summary>Null when it is not UTF-8.</summary>
    public static object? Text(ReadOnlySpan<byte> element)
    {
        try
        {
            return Strict.GetString(element);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>.</exception>
    public static List<object?> Read(Tensor tensor, ReadOnlySpan<byte> bytes)
    {
        var values = new List<object?>((int)tensor.Elements);
        while (!bytes.IsEmpty)
        {
            int size = tensor.Datatype.Size > 0 ? tensor.Datatype.Size : LengthOf(tensor, ref bytes, values.Count);
            if (size > bytes.Length)
                throw Invalid($"the bytes of tensor '{tensor.Name}' end within value {values.Count}, which has {size}");
            if (!tensor.Datatype.TryRead(bytes[..size], out object? value))
                throw Invalid($"tensor '{tensor.Name}' is {tensor.Datatype.Name}, but value {values.Count} is {(tensor.Datatype.Size == 1 ? $"the byte {bytes[0]}, expected 0 or 1" : "no UTF-8 text")}");
            values.Add(value);
            bytes = bytes[size..];
        }

        return values;
    }

    public static void Write(Stream destination, string text)
    {
        Span<byte> length = stackalloc byte[LengthBytes];
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        destination.Write(length);
        destination.Write(utf8);
    }

    public static void Write(Stream destination, double number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        destination.Write(bytes);
    }

    private static int LengthOf(Tensor tensor, ref ReadOnlySpan<byte> bytes, int index)
    {
        if (bytes.Length < LengthBytes)
            throw Invalid($"the bytes of tensor '{tensor.Name}' end within the length of value {index}");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bytes = bytes[LengthBytes..];
        return length <= int.MaxValue ? (int)length : throw Invalid($"value {index} of tensor '{tensor.Name}' has the length {length}");
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("tensor-invalid", message);
}
