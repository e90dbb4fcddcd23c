namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// ISO 8601 calendar dates and date-times in extended form: <c>2026-11-21</c>, <c>2026-11-21T03:05</c>, with seconds, a fraction,
/// <c>Z</c> or an offset (<c>+01:00</c>, <c>+0100</c>, <c>+01</c>); a blank may stand for the T. Without an offset the time is UTC.
/// Fractions finer than 100 ns are cut.
/// </summary>
internal static class TimestampText
{
    public static bool TryParse(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        text = text.Trim((byte)' ');
        if (text.Length < 10 || text[4] != (byte)'-' || text[7] != (byte)'-')
            return false;
        if (!Digits(text[..4], out int year) || !Digits(text[5..7], out int month) || !Digits(text[8..10], out int day))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        ticks = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks;
        return text.Length == 10 || TryAddTime(text[10..], ref ticks);
    }

    private static bool TryAddTime(ReadOnlySpan<byte> text, ref long ticks)
    {
        if (text.Length < 6 || text[0] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[3] != (byte)':')
            return false;
        if (!Digits(text[1..3], out int hour) || hour > 23 || !Digits(text[4..6], out int minute) || minute > 59)
            return false;
        ticks += (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        text = text[6..];
        if (text.Length > 0 && text[0] == (byte)':' && !TryAddSeconds(ref text, ref ticks))
            return false;
        return text.IsEmpty || TryShiftToUtc(text, ref ticks);
    }

    private static bool TryAddSeconds(ref ReadOnlySpan<byte> text, ref long ticks)
    {
        if (text.Length < 3 || !Digits(text[1..3], out int second) || second > 59)
            return false;
        ticks += second * TimeSpan.TicksPerSecond;
        text = text[3..];
        if (text.IsEmpty || text[0] is not ((byte)'.' or (byte)','))
            return true;
        long unit = TimeSpan.TicksPerSecond;
        int i = 1;
        for (; i < text.Length && (uint)(text[i] - '0') <= 9; i++)
            ticks += (text[i] - '0') * (unit /= 10);
        text = text[i..];
        return i > 1;
    }

    private static bool TryShiftToUtc(ReadOnlySpan<byte> text, ref long ticks)
    {
        if (text is [(byte)'Z' or (byte)'z'])
            return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length is not (3 or 5 or 6) || (text.Length == 6 && text[3] != (byte)':'))
            return false;
        int minute = 0;
        if (!Digits(text[1..3], out int hour) || hour > 14 || (text.Length > 3 && !Digits(text[^2..], out minute)) || minute > 59)
            return false;
        long offset = (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        ticks -= text[0] == (byte)'-' ? -offset : offset;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte b in text)
        {
            if ((uint)(b - '0') > 9)
                return false;
            value = (value * 10) + (b - '0');
        }

        return true;
    }
}
