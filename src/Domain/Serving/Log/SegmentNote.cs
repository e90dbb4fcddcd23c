using System.Globalization;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// What is known of a segment without reading it, and how to read a sample of it: the first lines of a large one are those with the smallest
/// <see cref="RowKey"/>, in that order. It is the metadata of the blob; segments of older releases have none.
/// </summary>
/// <param name="Rows">Lines of the segment.</param>
/// <param name="Below">The first lines are all rows whose key is below it; 0: there is no sample.</param>
/// <param name="First">The earliest time of a row.</param>
/// <param name="Last">The latest.</param>
/// <param name="Share">The share of requests that was logged; NaN where it changed within the segment.</param>
public sealed record SegmentNote(long Rows, ulong Below, DateTimeOffset First, DateTimeOffset Last, double Share)
{
    private const string RowsName = "rows", BelowName = "below", FirstName = "first", LastName = "last", ShareName = "share";

    /// <summary>Null where the blob has no note.</summary>
    public static SegmentNote? Of(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue(RowsName, out string? rows) && metadata.TryGetValue(BelowName, out string? below)
        && metadata.TryGetValue(FirstName, out string? first) && metadata.TryGetValue(LastName, out string? last) && metadata.TryGetValue(ShareName, out string? share)
            ? new(
                long.Parse(rows, CultureInfo.InvariantCulture),
                ulong.Parse(below, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                Time(first), Time(last),
                double.Parse(share, CultureInfo.InvariantCulture))
            : null;

    public IReadOnlyDictionary<string, string> ToMetadata() => new Dictionary<string, string>
    {
        [RowsName] = Rows.ToString(CultureInfo.InvariantCulture),
        [BelowName] = Below.ToString("x16", CultureInfo.InvariantCulture),
        [FirstName] = First.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        [LastName] = Last.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        [ShareName] = Share.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>Whether it may have rows of [from, to).</summary>
    public bool Touches(DateTimeOffset from, DateTimeOffset to) => Last >= from && First < to;

    /// <summary>Whether all rows are of [from, to).</summary>
    public bool IsWithin(DateTimeOffset from, DateTimeOffset to) => First >= from && Last < to;

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

/// <param name="Note">Null: nothing is known of it.</param>
public sealed record LogSegment(string Path, SegmentNote? Note);
