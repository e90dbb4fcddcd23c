using System.Globalization;
using System.Text.RegularExpressions;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>The value syntaxes of a pipeline file, each with its range check.</summary>
internal static partial class YamlValues
{
    private const double MaxDays = 3_650;

    public static double? Number(this YamlMap map, string key, double min = double.NegativeInfinity, double max = double.PositiveInfinity) =>
        map.InRange(key, map.Value(key, ParseNumber, "a number"), min, max, Show);

    public static long? Whole(this YamlMap map, string key, long min, long max) =>
        map.InRange(key, map.Value<long>(key, t => long.TryParse(t, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n) ? n : null, "a whole number"), min, max, n => Show(n));

    /// <summary>`10%` or `0.1`; a bare number above 1 is most likely a forgotten percent sign.</summary>
    public static double? Share(this YamlMap map, string key, double min = 0, double max = 1) =>
        map.InRange(key, map.Value(key, ParseShare, "a share: write 10% or 0.1"), min, max, s => $"{Show(s * 100)}%");

    /// <summary>`500ms`, `30s`, `10m`, `2h`, `7d`, or a sum such as `1h30m`.</summary>
    public static TimeSpan? Duration(this YamlMap map, string key, TimeSpan min) =>
        map.InRange(key, map.Value(key, ParseDuration, "a duration: write 30s, 10m, 2h, 7d or 1h30m"), min, TimeSpan.FromDays(MaxDays), ShowDuration);

    public static double? ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    public static double? ParseShare(string text) =>
        text.EndsWith('%') ? ParseNumber(text[..^1].TrimEnd()) / 100 : ParseNumber(text);

    public static TimeSpan? ParseDuration(string text)
    {
        if (!DurationSyntax().IsMatch(text))
            return null;
        double milliseconds = 0;
        foreach (Match part in DurationPart().Matches(text))
            milliseconds += double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * Milliseconds(part.Groups[2].Value);
        return milliseconds <= TimeSpan.FromDays(2 * MaxDays).TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : TimeSpan.FromDays(2 * MaxDays);
    }

    public static string ShowDuration(TimeSpan time) => time switch
    {
        { Ticks: 0 } => "0s",
        _ when time.Ticks % TimeSpan.TicksPerDay == 0 => $"{time.Days}d",
        _ when time.Ticks % TimeSpan.TicksPerHour == 0 => $"{(long)time.TotalHours}h",
        _ when time.Ticks % TimeSpan.TicksPerMinute == 0 => $"{(long)time.TotalMinutes}m",
        _ when time.Ticks % TimeSpan.TicksPerSecond == 0 => $"{(long)time.TotalSeconds}s",
        _ => $"{Show(time.TotalMilliseconds)}ms",
    };

    private static T? InRange<T>(this YamlMap map, string key, T? value, T min, T max, Func<T, string> show)
        where T : struct, IComparable<T>
    {
        if (value is not { } v || (v.CompareTo(min) >= 0 && v.CompareTo(max) <= 0))
            return value;
        map.Wrong(key, $"{map.Text(key)} is out of range: allowed {show(min)} to {show(max)}");
        return null;
    }

    private static string Show(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Milliseconds(string unit) => unit switch
    {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 86_400_000,
    };

    [GeneratedRegex(@"^(\d{1,9}(\.\d{1,6})?(ms|s|m|h|d))+$")]
    private static partial Regex DurationSyntax();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(ms|s|m|h|d)")]
    private static partial Regex DurationPart();
}
