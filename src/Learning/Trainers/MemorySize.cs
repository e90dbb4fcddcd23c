using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers;

/// <summary>
/// Bytes that objects take on the heap of a 64-bit runtime, headers and padding included; counted, since the collector can only say it
/// of all objects together.
/// </summary>
public static class MemorySize
{
    private const int Header = 16;

    /// <summary>An array of so many elements; a reference counts 8, not what it refers to.</summary>
    public static long Array<T>(long length) => Aligned(Header + 8 + length * Unsafe.SizeOf<T>());

    public static long Array<T>(T[] values) => Array<T>(values.Length);

    /// <summary>An object with so many bytes of fields.</summary>
    public static long Object(int fields) => Aligned(Header + fields);

    public static long Text(string? text) => text is null ? 0 : Aligned(Header + 4 + (2 * (text.Length + 1)));

    /// <summary>A list, and the texts in it.</summary>
    public static long Texts(IReadOnlyList<string>? texts) => texts is null ? 0 : List(texts) + texts.Sum(Text);

    /// <summary>A list without what its elements refer to.</summary>
    public static long List<T>(IReadOnlyList<T> list) => list switch
    {
        List<T> growing => Object(16) + Array<T>(growing.Capacity),
        _ => Array<T>(list.Count),
    };

    /// <summary>A dictionary without what its keys and values refer to.</summary>
    public static long Map<TKey, TValue>(IReadOnlyDictionary<TKey, TValue> map)
        where TKey : notnull
    {
        int capacity = map is Dictionary<TKey, TValue> known ? known.Capacity : map.Count;
        return Object(64) + Array<int>(capacity) + Array<(int, int, TKey, TValue)>(capacity);
    }

    /// <summary>A signature with its names and levels.</summary>
    public static long Of(ModelSignature signature) =>
        Object(32) + Text(signature.Target) + Texts(signature.Classes) + List(signature.Inputs)
        + signature.Inputs.Sum(input => Object(24) + Text(input.Name) + Texts(input.Levels));

    /// <summary>A header with its signature.</summary>
    public static long Of(ModelHeader header) =>
        Object(56) + Text(header.Kind) + Text(header.Trainer) + Of(header.Signature) + Numbers(header.Parameters) + Numbers(header.Metadata)
        + List(header.Importance) + header.Importance.Sum(i => Object(16) + Text(i.Feature));

    private static long Numbers(IReadOnlyDictionary<string, double> values) => Map(values) + values.Keys.Sum(Text);

    private static long Aligned(long bytes) => Math.Max(24, (bytes + 7) & ~7L);
}
