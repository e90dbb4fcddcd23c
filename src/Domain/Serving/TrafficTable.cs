using System.Globalization;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving;

/// <summary>
/// Rows of counters. Table <c>traffic</c>, partition = version and model, row = <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c> (second, minute,
/// hour, day; <see cref="TrafficLevel"/>), its start in Unix seconds, the writer. A row holds all that its writer counted in that stretch,
/// so writing it again is harmless. Of hours and days long past the rows of all writers are merged into one (<see cref="TrafficCleaning"/>).
/// </summary>
internal static class TrafficTable
{
    public const string Name = "traffic";

    /// <param name="isNamed">Of the requests that named the version; no model can be called as their partition is.</param>
    public static string Partition(string model, int version, bool isNamed = false) => string.Create(CultureInfo.InvariantCulture, $"v{version}~{(isNamed ? "@named-" : "")}{model}");

    /// <summary>
    /// The ranges that together hold the counts since a second: the finest stretches up to where the next coarser one begins, and so on, the
    /// days to the end; so a long window is a hundred rows a writer. It begins no finer than the rows of its age are, and never before the given
    /// second: what was counted before belongs to another step.
    /// </summary>
    public static IEnumerable<EntityRange> Since(long second, long now)
    {
        TrafficLevel[] levels = [.. TrafficLevel.All.Where(l => now - second < l.Read.TotalSeconds)];
        long at = levels[0].StartOf(second + levels[0].Seconds - 1);
        for (int i = 0; i < levels.Length && at <= now + ClockSkew; i++)
        {
            TrafficLevel? coarser = i + 1 < levels.Length ? levels[i + 1] : null;
            long end = coarser is null ? long.MaxValue : coarser.StartOf(at + coarser.Seconds - 1);
            if (end > at)
                yield return new EntityRange(levels[i].Prefix, levels[i].Key(at), coarser is null ? null : levels[i].Key(end));
            at = end;
        }
    }

    /// <summary>Another process may be ahead by so many seconds.</summary>
    private const long ClockSkew = 60;

    /// <summary>The writer of rows that were merged; it comes before every process's.</summary>
    public const string Merged = ".";

    /// <summary>The stretch of a row.</summary>
    public static string StartOf(Entity row) => row.Key.Row[..row.Key.Row.IndexOf('-', StringComparison.Ordinal)];

    public static Entity ToEntity(string partition, string start, string writer, SealedCell cell) => new(partition, $"{start}-{writer}")
    {
        ["requests"] = cell.Requests,
        ["errors"] = cell.Errors,
        ["rejected"] = cell.Rejected,
        ["refused"] = cell.Refused,
        ["latency"] = cell.Latency,
        ["units"] = cell.Units,
    };

    public static TrafficCell ToCell(Entity entity) => new()
    {
        Requests = entity.Int("requests") ?? 0,
        Errors = entity.Int("errors") ?? 0,
        Rejected = entity.Int("rejected") ?? 0,
        Refused = entity.Int("refused") ?? 0,
        Latency = LatencyHistogram.FromBytes(entity.Bytes("latency") ?? []),
        Units = entity.Bytes("units") is { } units ? UnitCounts.FromBytes(units) : null,
    };
}
