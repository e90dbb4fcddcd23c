using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Codes byte strings 0, 1, 2, ... in order of first appearance, without making a <see cref="string"/> of any but the first.
/// Open addressing; up to 16 bytes a key is told apart by its first and last eight bytes and its length alone.
/// </summary>
internal sealed class ByteDictionary
{
    private readonly List<string> _levels = [];
    private Entry[] _entries = new Entry[16];
    private int[] _slots = new int[64];

    public IReadOnlyList<string> Levels => _levels;

    public int Count => _levels.Count;

    public int Code(ReadOnlySpan<byte> key)
    {
        (ulong head, ulong tail) = Ends(key);
        ulong hash = Hash(key, head, tail);
        int mask = _slots.Length - 1;
        for (int slot = (int)(hash >> 32) & mask; ; slot = (slot + 1) & mask)
        {
            int code = _slots[slot] - 1;
            if (code < 0)
                return Add(slot, new Entry(head, tail, hash, key.Length <= 16 ? key.Length : ~key.Length, key.Length <= 16 ? [] : key.ToArray()), key);
            if (_entries[code].Is(head, tail, key))
                return code;
        }
    }

    private int Add(int slot, Entry entry, ReadOnlySpan<byte> key)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, 2 * Count);
        _entries[Count] = entry;
        _levels.Add(Encoding.UTF8.GetString(key));
        _slots[slot] = Count;
        if (Count * 2 > _slots.Length)
            Rehash();
        return Count - 1;
    }

    private void Rehash()
    {
        _slots = new int[_slots.Length * 4];
        int mask = _slots.Length - 1;
        for (int code = 0; code < Count; code++)
        {
            int slot = (int)(_entries[code].Hash >> 32) & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = code + 1;
        }
    }

    private static (ulong Head, ulong Tail) Ends(ReadOnlySpan<byte> key)
    {
        if (key.Length >= 8)
            return (BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[^8..]));
        if (key.Length >= 4)
            return (BinaryPrimitives.ReadUInt32LittleEndian(key), BinaryPrimitives.ReadUInt32LittleEndian(key[^4..]));
        return key.Length switch
        {
            0 => (0, 0),
            1 => (key[0], 0),
            _ => (BinaryPrimitives.ReadUInt16LittleEndian(key), BinaryPrimitives.ReadUInt16LittleEndian(key[^2..])),
        };
    }

    private static ulong Hash(ReadOnlySpan<byte> key, ulong head, ulong tail)
    {
        ulong hash = Mix(head ^ (ulong)key.Length, tail);
        for (int i = 8; i + 8 < key.Length; i += 8)
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(key[i..]));
        return hash;
    }

    private static ulong Mix(ulong a, ulong b) => BitOperations.RotateLeft((a * 0x9E3779B97F4A7C15) ^ b, 29) * 0xBF58476D1CE4E5B9;

    /// <param name="Length">Complemented when the key is longer than head and tail tell, and so <paramref name="Key"/> holds it.</param>
    private readonly record struct Entry(ulong Head, ulong Tail, ulong Hash, int Length, byte[] Key)
    {
        public bool Is(ulong head, ulong tail, ReadOnlySpan<byte> key) =>
            Head == head && Tail == tail && (Length >= 0 ? Length == key.Length : key.SequenceEqual(Key));
    }
}
