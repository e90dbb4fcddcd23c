using MlOps.Learning.Tables.Profiling;

namespace MlOps.Learning.Tables;

/// <summary>What one column looks like.</summary>
/// <param name="Count">Rows, missing ones included.</param>
/// <param name="Missing">Rows without a value.</param>
/// <param name="Distinct">Distinct values among the rest; a lower bound when <paramref name="DistinctIsExact"/> is false.</param>
/// <param name="DistinctIsExact">False only for text of more than 100,000 distinct values.</param>
/// <param name="Numbers">Number columns that have a value; otherwise null.</param>
/// <param name="Times">Timestamp columns that have a value; otherwise null.</param>
/// <param name="TopLevels">Categories, booleans and text: the 20 most frequent values, most frequent first, ties in order of first appearance; empty for other types, and for text whose distinct values were not all counted.</param>
public sealed record ColumnProfile(
    string Name,
    ColumnType Type,
    int Count,
    int Missing,
    int Distinct,
    bool DistinctIsExact,
    NumberSummary? Numbers,
    TimeSummary? Times,
    IReadOnlyList<LevelCount> TopLevels)
{
    public static ColumnProfile Of(Column column) => column switch
    {
        NumberColumn numbers => NumberProfiler.Profile(numbers),
        TimestampColumn times => TimestampProfiler.Profile(times),
        CategoryColumn categories => LevelProfiler.Profile(categories),
        BooleanColumn booleans => LevelProfiler.Profile(booleans),
        TextColumn text => LevelProfiler.Profile(text),
        _ => throw new ArgumentException($"column '{column.Name}' is a {column.GetType().Name}", nameof(column)),
    };
}

/// <summary>A value and the rows that have it.</summary>
public sealed record LevelCount(string Level, int Count);

/// <summary>The first and the last instant of a column, UTC.</summary>
public sealed record TimeSummary(DateTimeOffset Earliest, DateTimeOffset Latest);

/// <summary>Moments and distribution of the values that are not missing. Infinities count, and make mean and deviation infinite or NaN.</summary>
/// <param name="StandardDeviation">Of the sample (n - 1); 0 for a single value.</param>
/// <param name="Deciles">11 values, the quantiles 0, 0.1, ... 1 by linear interpolation (type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996).</param>
public sealed record NumberSummary(double Min, double Max, double Mean, double StandardDeviation, IReadOnlyList<double> Deciles, Histogram Histogram);

/// <summary>
/// Counts in bins of equal width over the finite values: bin i holds <c>Edges[i] &lt;= x &lt; Edges[i + 1]</c>, the last one its upper
/// edge too. 20 bins; one when all values are equal, none when no value is finite.
/// </summary>
public sealed record Histogram(IReadOnlyList<double> Edges, IReadOnlyList<int> Counts);
