using MlOps.Learning.Tables;

namespace MlOps.Learning.Statistics;

/// <summary>
/// Compares one column of two tables: Kolmogorov-Smirnov for numbers, chi-square homogeneity after pooling rare levels for categories
/// and booleans (with a second look at unseen levels among the rare, <see cref="UnseenLevels"/>: twice the smaller p then), PSI beside both. Missing and infinite values are left out and counted. What cannot be compared is a result, not an
/// exception. O(n log n).
/// </summary>
public static class DriftTest
{
    /// <summary>Fewer usable rows than this on a side: not computed.</summary>
    public const int MinRows = 2;

    /// <summary>Fewer usable rows than this on a side: computed, marked <see cref="DriftStatus.LowSample"/>.</summary>
    public const int LowRows = 30;

    /// <exception cref="MlOpsException">Invalid <c>drift-type</c>: one side holds numbers and the other does not.</exception>
    public static ColumnDrift Compare(Column reference, Column current)
    {
        NumberSample? a = NumberSample.Of(reference), b = NumberSample.Of(current);
        ColumnDrift bare = Describe(reference, a, current, b);
        if (WhyNot(reference.Type, bare) is { } reason)
            return bare with { Status = DriftStatus.NotComputable, Reason = reason };
        CheckTypes(reference, current);
        ColumnDrift tested = a is not null && b is not null ? CompareNumbers(bare, a, b) : LevelDrift.Compare(bare, reference, current);
        return tested with { Status = Math.Min(bare.Reference.Used, bare.Current.Used) < LowRows ? DriftStatus.LowSample : DriftStatus.Computed };
    }

    private static ColumnDrift Describe(Column reference, NumberSample? a, Column current, NumberSample? b)
    {
        var first = new DriftSample(reference.Count, CountMissing(reference), a?.Infinite ?? 0);
        var second = new DriftSample(current.Count, CountMissing(current), b?.Infinite ?? 0);
        double p = Proportions.PValue(first.Missing, first.Rows, second.Missing, second.Rows);
        return new ColumnDrift
        {
            Column = reference.Name,
            Type = reference.Type,
            Status = DriftStatus.Computed,
            Reference = first,
            Current = second,
            MissingPValue = double.IsNaN(p) ? null : p,
        };
    }

    private static string? WhyNot(ColumnType type, ColumnDrift drift)
    {
        if (type is ColumnType.Text or ColumnType.Timestamp)
            return $"{type.ToString().ToLowerInvariant()} columns have no distribution test";
        if (drift.Reference.Used < MinRows)
            return $"the reference has {drift.Reference.Used} usable rows of {drift.Reference.Rows}; the test needs {MinRows}";
        return drift.Current.Used < MinRows ? $"the current window has {drift.Current.Used} usable rows of {drift.Current.Rows}; the test needs {MinRows}" : null;
    }

    private static ColumnDrift CompareNumbers(ColumnDrift bare, NumberSample a, NumberSample b)
    {
        KolmogorovSmirnovResult ks = KolmogorovSmirnov.Test(a.Sorted, b.Sorted);
        return bare with
        {
            Test = "ks",
            Statistic = ks.Statistic,
            PValue = ks.PValue,
            Effect = ks.Statistic,
            Psi = PopulationStability.Deciles(a.Sorted, b.Sorted),
        };
    }

    private static void CheckTypes(Column reference, Column current)
    {
        bool numbers = reference.Type == ColumnType.Number, same = numbers == (current.Type == ColumnType.Number);
        if (!same || current.Type == ColumnType.Timestamp)
            throw MlOpsException.Invalid("drift-type", $"column '{reference.Name}' is {reference.Type.ToString().ToLowerInvariant()} in the reference but {current.Type.ToString().ToLowerInvariant()} in the current window; read both with the same types");
    }

    private static long CountMissing(Column column)
    {
        long missing = 0;
        for (int row = 0; row < column.Count; row++)
            missing += column.IsMissing(row) ? 1 : 0;
        return missing;
    }
}
