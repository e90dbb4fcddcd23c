using System.Globalization;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving;

/// <summary>
/// Rows of counters. Table <c>traffic</c>, partition = version and model, row = <c>s</c> or <c>m</c> (a second or a minute), its
/// start in Unix seconds, the writer. A row holds all that its writer counted in that stretch, so writing it again is harmless.
/// </summary>
internal static class TrafficTable
{
    public const string Name = "traffic";

    private const int Minute = 60;

    public static long MinuteOf(long second) => second / Minute * Minute;

    public static string Partition(string model, int version) => string.Create(CultureInfo.InvariantCulture, $"v{version}~{model}");

    public static string SecondKey(long second) => string.Create(CultureInfo.InvariantCulture, $"s{second:D12}");

    public static string MinuteKey(long second) => string.Create(CultureInfo.InvariantCulture, $"m{second:D12}");

    /// <summary>The ranges that together hold the counts since a second: seconds up to the next full minute, then minutes; minutes alone when the seconds may be gone.</summary>
    public static IEnumerable<EntityRange> Since(long second, bool bySecond)
    {
        long minute = bySecond ? MinuteOf(second + Minute - 1) : MinuteOf(second);
        if (bySecond && minute > second)
            yield return new EntityRange("s", SecondKey(second), SecondKey(minute));
        yield return new EntityRange("m", MinuteKey(minute));
    }

    public static Entity ToEntity(string partition, string start, string writer, TrafficCell cell) => new(partition, $"{start}-{writer}")
    {
        ["requests"] = cell.Requests,
        ["errors"] = cell.Errors,
        ["rejected"] = cell.Rejected,
        ["latency"] = cell.Latency.ToBytes(),
    };

    public static TrafficCell ToCell(Entity entity) => new()
    {
        Requests = entity.Int("requests") ?? 0,
        Errors = entity.Int("errors") ?? 0,
        Rejected = entity.Int("rejected") ?? 0,
        Latency = LatencyHistogram.FromBytes(entity.Bytes("latency") ?? []),
    };
}
