using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Monitoring;

/// <summary>One column of a comparison, as reports and the command line show it. Numbers are null where they were not computed.</summary>
/// <param name="Type"><c>numerical</c>, <c>categorical</c>, <c>text</c> or <c>timestamp</c>; the last two have no test of their values.</param>
/// <param name="Test"><c>ks</c>, <c>chisquare</c>, or null.</param>
/// <param name="Score">Effect: KS distance, or total variation distance; 0 to 1.</param>
/// <param name="PValue">Adjusted over the columns (Benjamini-Hochberg): what is compared with the threshold.</param>
/// <param name="Psi">Population stability index, shown only: below 0.1 stable, above 0.25 large by convention.</param>
/// <param name="MissingPValue">That both missing shares are the same, of this column alone.</param>
/// <param name="NewLevelShare">Categories: share of current values that the reference does not know.</param>
/// <param name="ValuesDrifted">The values drifted; a column that drifted otherwise did so by its missing share alone.</param>
/// <param name="Reason">Why it drifted, or why it was not compared.</param>
public sealed record DriftColumn(
    string Name,
    string Type,
    string? Test,
    double? Score,
    double? PValue,
    double Threshold,
    double? Psi,
    long ReferenceRows,
    long CurrentRows,
    double ReferenceMissing,
    double CurrentMissing,
    double? MissingPValue,
    double? NewLevelShare,
    bool Drifted,
    bool ValuesDrifted,
    DriftStatus Status,
    string? Reason);

/// <summary>The comparison of two tables.</summary>
/// <param name="Share">Drifted columns over comparable ones; 0 when none is comparable.</param>
public sealed record DriftAnalysis(IReadOnlyList<DriftColumn> Columns, bool DatasetDrift, double Share, double ShareThreshold)
{
    public static DriftAnalysis Of(TableDriftResult result, DriftOptions options) =>
        new([.. result.Columns.Select(c => Of(c, options))], result.Drifted, result.Share, options.DriftShare);

    private static DriftColumn Of(ColumnVerdict verdict, DriftOptions options)
    {
        ColumnDrift drift = verdict.Drift;
        string? reason = (verdict.ValuesDrifted, verdict.MissingDrifted) switch
        {
            (true, true) => "values and missing share changed",
            (true, false) => "values changed",
            (false, true) => "missing share changed",
            _ => drift.Reason,
        };
        return new(
            drift.Column, TypeName(drift.Type), drift.Test, drift.Effect, verdict.AdjustedPValue,
            options.Alpha, drift.Psi, drift.Reference.Used, drift.Current.Used, drift.Reference.MissingShare, drift.Current.MissingShare,
            drift.MissingPValue, drift.NewLevelShare, verdict.Drifted, verdict.ValuesDrifted, drift.Status, reason);
    }

    private static string TypeName(ColumnType type) => type switch
    {
        ColumnType.Number => "numerical",
        ColumnType.Text => "text",
        ColumnType.Timestamp => "timestamp",
        _ => "categorical",
    };
}
