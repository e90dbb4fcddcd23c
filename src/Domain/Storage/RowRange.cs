namespace MlOps.Domain.Storage;

/// <summary>
/// An <see cref="EntityRange"/> in escaped row keys, as a store compares them: from (inclusive, or exclusive behind a
/// continuation) to (exclusive, null for no bound).
/// </summary>
public sealed record RowRange(string From, bool FromExclusive, string? To)
{
    /// <summary>Sorts behind every character of an escaped key.</summary>
    private const char BehindAll = '\x7f';

    /// <exception cref="MlOpsException">Invalid <c>continuation-invalid</c>.</exception>
    public static RowRange Of(string table, string partition, EntityRange range)
    {
        string prefix = KeyEscape.Escape(range.Prefix);
        string from = Max(prefix, range.From is null ? prefix : KeyEscape.Escape(range.From));
        string? to = Min(prefix.Length == 0 ? null : prefix + BehindAll, range.To is null ? null : KeyEscape.Escape(range.To));
        string? last = Continuation.Decode(table, partition, range);
        return last is null ? new(from, false, to) : new(last, true, to);
    }

    private static string Max(string a, string b) => string.CompareOrdinal(a, b) >= 0 ? a : b;

    private static string? Min(string? a, string? b) =>
        a is null ? b : b is null || string.CompareOrdinal(a, b) <= 0 ? a : b;
}
