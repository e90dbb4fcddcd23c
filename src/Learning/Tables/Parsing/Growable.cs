namespace MlOps.Learning.Tables.Parsing;

/// <summary>An array that grows by doubling, beginning with what the first block of a file promises.</summary>
internal sealed class Growable<T>
{
    private T[] _items = [];

    public int Count { get; private set; }

    /// <summary>Room for <paramref name="count"/> more items, counted as added; the caller fills all of it.</summary>
    public Span<T> Extend(int count, int expected)
    {
        if ((long)Count + count > Array.MaxLength)
            throw MlOpsException.TooLarge("table-too-large", $"the file has more than {Array.MaxLength:N0} rows, which no table holds; divide it");
        int needed = Count + count;
        if (needed > _items.Length)
            Grow(Math.Max(needed, Count == 0 ? expected : (int)Math.Min(Array.MaxLength, 2L * _items.Length)));
        Span<T> added = _items.AsSpan(Count, count);
        Count = needed;
        return added;
    }

    public void Add(T item) => Extend(1, 256)[0] = item;

    /// <summary>Drops the items from <paramref name="count"/> on.</summary>
    public void Truncate(int count) => Count = count;

    public ReadOnlySpan<T> Items => _items.AsSpan(0, Count);

    /// <summary>The items, and after them little or no waste; nothing is added after that.</summary>
    public T[] Detach() => _items = _items.Length - Count <= Count / 8 ? _items : _items[..Count];

    private void Grow(int capacity)
    {
        T[] larger = GC.AllocateUninitializedArray<T>(capacity);
        _items.AsSpan(0, Count).CopyTo(larger);
        _items = larger;
    }
}
