namespace MlOps.Learning.Tables.Profiling;

internal static class TimestampProfiler
{
    public static ColumnProfile Profile(TimestampColumn column)
    {
        long[] present = [.. column.Ticks.ToArray().Where(t => t != TimestampColumn.Missing)];
        TimeSummary? times = present.Length == 0 ? null : new TimeSummary(At(present.Min()), At(present.Max()));
        return new ColumnProfile(column.Name, ColumnType.Timestamp, column.Count, column.Count - present.Length, present.Distinct().Count(), true, null, times, []);
    }

    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);
}
