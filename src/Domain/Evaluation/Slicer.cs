using System.Globalization;
using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Evaluation;

/// <summary>Groups the rows of a column: by value, or a number column of many values by its quantiles.</summary>
internal static class Slicer
{
    // 0/1 flags and small codes are groups in their own right.
    private const int MaxCodes = 10;

    /// <summary>Row numbers by group value (null: missing), in order: ranges ascending, values ordinal, missing last.</summary>
    public static IReadOnlyList<(string? Value, int[] Rows)> Groups(Column column, SliceSpec spec)
    {
        if (spec.Bins is < 2 or > 100 || spec.MinRows < 1)
            throw MlOpsException.Invalid("slice-spec", $"slice by '{column.Name}': bins is {spec.Bins} and must be 2 to 100; minRows is {spec.MinRows} and must be at least 1");
        return column is NumberColumn numbers && Edges(numbers, spec) is { } edges ? ByRange(numbers, edges) : ByValue(column);
    }

    private static (string? Value, int[] Rows)[] ByValue(Column column) =>
        [.. Enumerable.Range(0, column.Count)
            .GroupBy(column.Format)
            .OrderBy(group => group.Key is null).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, group.ToArray()))];

    private static (string? Value, int[] Rows)[] ByRange(NumberColumn column, double[] edges) =>
        [.. Enumerable.Range(0, column.Count)
            .GroupBy(row => column.IsMissing(row) ? int.MaxValue : Bin(edges, column.Values[row]))
            .OrderBy(group => group.Key)
            .Select(group => (group.Key == int.MaxValue ? null : Range(edges, group.Key), group.ToArray()))];

    /// <summary>Inner edges, or null when each value is a group of its own.</summary>
    private static double[]? Edges(NumberColumn column, SliceSpec spec)
    {
        double[] sorted = [.. column.Values.ToArray().Where(value => !double.IsNaN(value)).Order()];
        return sorted.Distinct().Take(MaxCodes + 1).Count() <= MaxCodes ? null : Quantiles.Edges(sorted, spec.Bins);
    }

    // Bin b holds [edge b-1, edge b).
    private static int Bin(double[] edges, double value)
    {
        int at = Array.BinarySearch(edges, value);
        return at < 0 ? ~at : at + 1;
    }

    private static string Range(double[] edges, int bin) =>
        bin == 0 ? $"below {Text(edges[0])}"
        : bin == edges.Length ? $"{Text(edges[^1])} and above"
        : $"[{Text(edges[bin - 1])}, {Text(edges[bin])})";

    private static string Text(double edge) => edge.ToString("G6", CultureInfo.InvariantCulture);
}
