using System.Globalization;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Where a row of the log stands in an order that has nothing to do with what was asked or answered: the rows with the smallest keys are a
/// fair sample of any window, and of two windows or versions one of the same kind (bottom-k; Broder 1997).
/// </summary>
public static class RowKey
{
    /// <summary>Another hash than that of the buckets: a sample must not depend on the version.</summary>
    private const string Salt = "answer";

    /// <summary>A sign, and the digits of the largest row.</summary>
    private const int Room = 12;

    private static readonly ulong Salted = StickyBucket.Begin(Salt);

    /// <summary>Of request and row; the same in every process, for segments are written in its order. Allocates nothing.</summary>
    public static ulong Of(string requestId, int row)
    {
        Span<char> tail = stackalloc char[Room];
        tail[0] = '~';
        row.TryFormat(tail[1..], out int digits, default, CultureInfo.InvariantCulture);
        return StickyBucket.End(StickyBucket.Add(StickyBucket.Add(Salted, requestId), tail[..(digits + 1)]));
    }

    /// <summary>The key that about so large a share of all rows is below.</summary>
    /// <param name="share">0 to 1.</param>
    public static ulong At(double share) => share >= 1 ? ulong.MaxValue : (ulong)(share * ulong.MaxValue);
}
