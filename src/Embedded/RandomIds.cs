using System.Buffers.Binary;
using System.Security.Cryptography;
using MlOps.Domain;

namespace MlOps.Embedded;

/// <summary>
/// Version 7 GUIDs (RFC 9562) of the given clock: unique, and in order of creation to the millisecond. Random bytes are taken from the
/// system for many ids at once, which a server that gives each request an id would otherwise ask for every time.
/// </summary>
public sealed class RandomIds(TimeProvider clock) : IIdSource
{
    private const int Size = 16;

    /// <summary>What stands before the random bytes: the clock's milliseconds.</summary>
    private const int Stamp = 6;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    public string NewId()
    {
        Span<byte> id = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(id, clock.GetUtcNow().ToUnixTimeMilliseconds() << (8 * (sizeof(long) - Stamp)));
        Random(id[Stamp..]);
        id[6] = (byte)(0x70 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return Convert.ToHexStringLower(id);
    }

    private static void Random(Span<byte> bytes)
    {
        if (_random is null || _used == _random.Length)
        {
            _random ??= new byte[256 * (Size - Stamp)];
            RandomNumberGenerator.Fill(_random);
            _used = 0;
        }

        _random.AsSpan(_used, bytes.Length).CopyTo(bytes);
        _used += bytes.Length;
    }
}
