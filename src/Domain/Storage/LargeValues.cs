namespace MlOps.Domain.Storage;

/// <summary>
/// Bytes longer than one property may hold, spread over <c>name</c>, <c>name1</c>, <c>name2</c>, ... of one entity, so that a
/// document is still replaced whole by one conditional write. The row must be written by Insert, Upsert or Replace: a merge
/// would leave the tail of a longer predecessor.
/// </summary>
public static class LargeValues
{
    private const int ChunkBytes = EntityLimits.PropertyBytes;

    /// <summary>Bytes that fit with room to spare for the other properties of the row.</summary>
    public const int MaxBytes = 15 * ChunkBytes;

    /// <exception cref="ArgumentException">More than <see cref="MaxBytes"/>: the caller must check, it knows what to tell the user.</exception>
    public static void SetLarge(this Entity entity, string name, ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxBytes)
            throw new ArgumentException($"'{name}' has {value.Length:N0} bytes; a row takes {MaxBytes:N0}", nameof(value));
        int part = 0;
        do
        {
            int length = Math.Min(ChunkBytes, value.Length);
            entity[PartName(name, part++)] = value[..length].ToArray();
            value = value[length..];
        }
        while (value.Length > 0);
    }

    /// <summary>The bytes, or null when the row has none of that name.</summary>
    public static byte[]? Large(this Entity entity, string name)
    {
        byte[]? first = entity.Bytes(name);
        if (first is null || entity.Bytes(PartName(name, 1)) is null)
            return first;
        var whole = new List<byte>(first);
        for (int part = 1; entity.Bytes(PartName(name, part)) is { } chunk; part++)
            whole.AddRange(chunk);
        return [.. whole];
    }

    private static string PartName(string name, int part) => part == 0 ? name : name + part.ToString("D1");
}
