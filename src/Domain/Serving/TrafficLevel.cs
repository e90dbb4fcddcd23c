using System.Globalization;

namespace MlOps.Domain.Serving;

/// <summary>A length of stretches that traffic is counted in, finest first.</summary>
/// <param name="Prefix">Of row keys.</param>
/// <param name="Seconds">How long a stretch is; the next level's is a multiple.</param>
/// <param name="Read">Up to this age windows begin exactly at such a stretch.</param>
/// <param name="Kept">Past this age rows are deleted.</param>
/// <param name="Buffered">Stretches kept in memory while the store is away; past it the oldest are dropped, and the coarser still have their counts.</param>
/// <param name="Merged">Whether rows of stretches long past are merged into one, however many processes wrote them.</param>
internal sealed record TrafficLevel(string Prefix, long Seconds, TimeSpan Read, TimeSpan Kept, int Buffered, bool Merged = false)
{
    public static readonly IReadOnlyList<TrafficLevel> All =
    [
        new("s", 1, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(15), 300),
        new("m", 60, TimeSpan.FromDays(2), TimeSpan.FromDays(3), 1_440),
        new("h", 3_600, TimeSpan.FromDays(60), TimeSpan.FromDays(62), 720, Merged: true),
        new("d", 86_400, TimeSpan.MaxValue, TimeSpan.MaxValue, 366, Merged: true),
    ];

    /// <summary>The longest that rows are deleted after.</summary>
    public static TimeSpan LongestKept => All.Where(l => l.Kept < TimeSpan.MaxValue).Max(l => l.Kept);

    public long StartOf(long second) => second / Seconds * Seconds;

    public string Key(long second) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{second:D12}");
}
