using System.Buffers;

namespace MlOps.Api.Inference;

/// <summary>
/// Gathers a body in a rented array. What a header says of its length is believed only once that much has come that lying would cost the
/// caller something.
/// </summary>
/// <param name="expected">The length that the header tells.</param>
internal sealed class GatheredBytes(long? expected)
{
    /// <summary>Bytes that have to come first.</summary>
    private const int Believed = 1 << 20;

    /// <summary>To be given back to the shared pool.</summary>
    public byte[] Bytes { get; private set; } = [];

    public int Length { get; private set; }

    public void Add(ReadOnlySequence<byte> more)
    {
        int length = checked(Length + (int)more.Length);
        if (length > Bytes.Length)
            Grow(length);
        more.CopyTo(Bytes.AsSpan(Length));
        Length = length;
    }

    private void Grow(int length)
    {
        long room = expected is { } told && told >= length ? (length >= Believed ? told : Math.Min(told, Believed)) : length * 2L;
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(room, length, Array.MaxLength));
        Bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = larger;
    }
}
