using MlOps.Learning.Tables;

namespace MlOps.Learning.Statistics;

/// <summary>When a change counts as drift.</summary>
public sealed record DriftOptions
{
    /// <summary>Accepted share of false alarms among the alarms, over all columns; default 0.05.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Changes smaller than this are no drift, however certain (a million rows prove dust); 0 to 1, default 0.05.</summary>
    public double MinEffect { get; init; } = 0.05;

    /// <summary>The data set drifts when at least this share of the comparable columns does; above 0 to 1, default 0.5.</summary>
    public double DriftShare { get; init; } = 0.5;
}

/// <summary>A column's comparison and its verdict.</summary>
/// <param name="AdjustedPValue">After Benjamini and Hochberg over the columns; null when not computable.</param>
/// <param name="ValuesDrifted">The distribution of the values changed.</param>
/// <param name="MissingDrifted">The share of missing values changed.</param>
public sealed record ColumnVerdict(ColumnDrift Drift, double? AdjustedPValue, bool ValuesDrifted, bool MissingDrifted)
{
    public bool Drifted => ValuesDrifted || MissingDrifted;
}

/// <summary>The verdict over a table.</summary>
/// <param name="Share">Drifted columns over the comparable ones (those computed, or whose missing share drifted); 0 when none is.</param>
public sealed record TableDriftResult(IReadOnlyList<ColumnVerdict> Columns, double Share, bool Drifted);

/// <summary>
/// Compares tables column by column and corrects for their number (Benjamini and Hochberg). The rule measured 3 to 10 % false alarms a
/// data set where fixed thresholds give 97 to 100 %: docs/evaluation.md.
/// </summary>
public static class TableDrift
{
    /// <summary>Compares the named columns, or every column of the reference.</summary>
    /// <exception cref="MlOpsException">Invalid <c>drift-column</c>: the current table lacks columns; <c>drift-type</c>. All such columns are named at once.</exception>
    public static TableDriftResult Compare(Table reference, Table current, DriftOptions options, IEnumerable<string>? columns = null)
    {
        string[] names = [.. columns ?? reference.ColumnNames];
        string[] absent = [.. names.Where(name => current.Find(name) is null)];
        if (absent.Length > 0)
            throw MlOpsException.Invalid("drift-column", $"the current table has no column {string.Join(", ", absent.Select(name => $"'{name}'"))}; it has: {string.Join(", ", current.ColumnNames)}");
        return Judge(CompareAll(reference, current, names), options);
    }

    /// <summary>The verdict over comparisons that were made before.</summary>
    public static TableDriftResult Judge(IReadOnlyList<ColumnDrift> drifts, DriftOptions options)
    {
        double[] values = BenjaminiHochberg.Adjust([.. drifts.Select(d => d.PValue ?? double.NaN)]);
        double[] missing = BenjaminiHochberg.Adjust([.. drifts.Select(d => d.MissingPValue ?? double.NaN)]);
        ColumnVerdict[] verdicts = [.. drifts.Select((drift, i) => new ColumnVerdict(
            drift,
            double.IsNaN(values[i]) ? null : values[i],
            values[i] <= options.Alpha && drift.Effect >= options.MinEffect,
            missing[i] <= options.Alpha && Math.Abs(drift.Current.MissingShare - drift.Reference.MissingShare) >= options.MinEffect))];
        int comparable = verdicts.Count(v => v.Drift.Status != DriftStatus.NotComputable || v.MissingDrifted);
        double share = comparable == 0 ? 0 : (double)verdicts.Count(v => v.Drifted) / comparable;
        return new TableDriftResult(verdicts, share, share > 0 && share >= options.DriftShare);
    }

    private static ColumnDrift[] CompareAll(Table reference, Table current, string[] names)
    {
        var drifts = new ColumnDrift[names.Length];
        var problems = new string?[names.Length];
        Parallel.For(0, names.Length, i =>
        {
            try
            {
                drifts[i] = DriftTest.Compare(reference[names[i]], current[names[i]]);
            }
            catch (MlOpsException e) when (e.Code == "drift-type")
            {
                problems[i] = e.Message;
            }
        });
        string[] found = [.. problems.OfType<string>()];
        return found.Length == 0 ? drifts : throw MlOpsException.Invalid("drift-type", string.Join("; ", found));
    }
}
