using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>The groups whose shares a division keeps: row numbers by stratum, strata in a fixed order. A missing value is a stratum too.</summary>
internal static class Strata
{
    // A number column with more distinct values than this is a measurement, not a code.
    private const int MaxCodes = 20;

    public static IReadOnlyList<int[]> Of(Table table, SplitSpec spec, string target, LearningTask task)
    {
        string? name = spec.StratifyBy ?? (task == LearningTask.Regression ? null : target);
        return name is null ? [[.. Enumerable.Range(0, table.RowCount)]] : Of(table[name]);
    }

    private static int[][] Of(Column column)
    {
        string?[] keys = column is NumberColumn numbers ? NumberKeys(numbers) : [.. Enumerable.Range(0, column.Count).Select(column.Format)];
        int[][] strata = [.. Enumerable.Range(0, keys.Length)
            .GroupBy(row => keys[row])
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.ToArray())];
        if (column.Type is ColumnType.Text or ColumnType.Timestamp && strata.Length > keys.Length / 2)
            throw MlOpsException.Invalid("split-column", $"rows cannot be stratified by '{column.Name}': it has {strata.Length} distinct values in {keys.Length} rows; choose a column with few values");
        return strata;
    }

    private static string?[] NumberKeys(NumberColumn column)
    {
        double[] sorted = [.. column.Values.ToArray().Where(value => !double.IsNaN(value)).Order()];
        bool codes = sorted.Distinct().Take(MaxCodes + 1).Count() <= MaxCodes;
        double[] edges = codes ? [] : Quantiles.Edges(sorted, 10);
        return [.. Enumerable.Range(0, column.Count).Select(row => codes || column.IsMissing(row) ? column.Format(row) : Bin(edges, column.Values[row]))];
    }

    private static string Bin(double[] edges, double value)
    {
        int at = Array.BinarySearch(edges, value);
        return $"{(at < 0 ? ~at : at):D2}";
    }
}
