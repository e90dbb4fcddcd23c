using System.Globalization;

namespace MlOps.Embedded.Storage;

/// <summary>
/// ETags that never recur, also not for a row that was deleted and inserted again, and without a write to remember the last one:
/// the number of times the file was opened in the high bits, a counter in the low 40.
/// </summary>
internal sealed class ETagSource(long openings)
{
    private long _last = openings << 40;

    /// <summary>Called by the one writer only.</summary>
    public long Next() => ++_last;

    public static string Text(long etag) => etag.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Null for what is no <see cref="Text"/> of a number, such as "*".</summary>
    public static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long etag) && Text(etag) == text ? etag : null;
}
