using System.Globalization;

namespace MlOps.Domain.Rollout;

/// <summary>
/// A time in which no version gets more traffic: each week (<c>fri 16:00 - mon 08:00</c>) or once (<c>2026-12-20 - 2027-01-02</c>,
/// with <c>T16:00</c> behind a day where needed). UTC; from inclusive, to exclusive. Rollbacks and people's commands are not held up.
/// </summary>
public sealed class FreezeWindow
{
    /// <summary>What a window may look like, for messages.</summary>
    public const string Syntax = "'fri 16:00 - mon 08:00' (each week) or '2026-12-20 - 2027-01-02' (once), in UTC";

    /// <summary>How long windows may freeze at a stretch: a rollout that waits for the end of one has no other deadline.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(60);

    private const int Week = 7 * 24 * 60;

    private static readonly DateTimeOffset SomeSunday = new(2023, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly string[] Dates = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm"];

    private readonly Func<DateTimeOffset, DateTimeOffset?> _until;

    private FreezeWindow(DateTimeOffset start, Func<DateTimeOffset, DateTimeOffset?> until) => (Start, _until) = (start, until);

    /// <summary>When it begins; of a weekly one, in a week like any other.</summary>
    private DateTimeOffset Start { get; }

    /// <summary>The window, or null where the text is of neither form, or empty.</summary>
    public static FreezeWindow? Parse(string text)
    {
        string[] ends = text.Split(" - ", StringSplitOptions.TrimEntries);
        if (ends.Length != 2)
            return null;
        if (MinuteOfWeek(ends[0]) is { } from && MinuteOfWeek(ends[1]) is { } to)
            return from == to ? null : new FreezeWindow(SomeSunday.AddMinutes(from), at => Weekly(from, to, at));
        return DateOf(ends[0]) is { } start && DateOf(ends[1]) is { } end && end > start
            ? new FreezeWindow(start, at => at >= start && at < end ? end : null)
            : null;
    }

    /// <summary>When the freeze that is on ends, as far as one window says; null when none is on.</summary>
    public static DateTimeOffset? Until(IEnumerable<string> windows, DateTimeOffset at) =>
        windows.Select(w => Parse(w)?._until(at)).Where(u => u is not null).Max();

    /// <summary>Whether the windows together, one going over into the next, freeze longer than <see cref="Longest"/> at a stretch.</summary>
    public static bool AreTooLong(IReadOnlyList<string> windows) => windows.Select(Parse).OfType<FreezeWindow>().Any(w => IsTooLong(windows, w.Start));

    /// <summary>For people.</summary>
    internal static string Told(DateTimeOffset until) => $"frozen until {until.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC";

    private static bool IsTooLong(IReadOnlyList<string> windows, DateTimeOffset start)
    {
        DateTimeOffset at = start;
        while (at - start <= Longest)
        {
            if (Until(windows, at) is not { } end)
                return false;
            at = end;
        }

        return true;
    }

    private static DateTimeOffset? Weekly(int from, int to, DateTimeOffset at)
    {
        DateTime utc = at.UtcDateTime;
        int now = ((int)utc.DayOfWeek * 24 * 60) + (utc.Hour * 60) + utc.Minute;
        bool inside = from < to ? now >= from && now < to : now >= from || now < to;
        DateTime minute = new(utc.Year, utc.Month, utc.Day, utc.Hour, utc.Minute, 0, DateTimeKind.Utc);
        return inside ? new DateTimeOffset(minute.AddMinutes((to - now + Week) % Week)) : null;
    }

    private static int? MinuteOfWeek(string text)
    {
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int day = parts.Length == 2 ? Array.IndexOf(Days, parts[0].ToLowerInvariant()) : -1;
        return day >= 0 && TimeOnly.TryParseExact(parts[1], "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time)
            ? (day * 24 * 60) + (time.Hour * 60) + time.Minute
            : null;
    }

    private static DateTimeOffset? DateOf(string text) =>
        DateTime.TryParseExact(text, Dates, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date) ? new DateTimeOffset(date, TimeSpan.Zero) : null;
}
