using System.Globalization;

namespace MlOps.Domain;

/// <summary>A time as people are told it.</summary>
public static class DurationText
{
    private static readonly (string Name, long Seconds)[] Units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

    /// <summary>By its two largest units: <c>1 min 7 s</c>, <c>2 d 4 h</c>; below ten seconds <c>0.25 s</c>.</summary>
    public static string Of(TimeSpan time)
    {
        if (time.TotalSeconds < 10)
            return string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s");
        for (int i = 0; ; i++)
        {
            (string name, long unit) = Units[i];
            (string smaller, long step) = Units[Math.Min(i + 1, Units.Length - 1)];
            long seconds = (long)Math.Round(time.TotalSeconds / step) * step, rest = seconds % unit / step;
            if (seconds >= unit)
                return string.Create(CultureInfo.InvariantCulture, $"{seconds / unit:N0} {name}{(rest == 0 ? "" : $" {rest} {smaller}")}");
        }
    }
}
