namespace MlOps.Domain.Monitoring;

public enum ReportKind
{
    Drift,
    Performance,
}

public enum ReportStatus
{
    /// <summary>Checked, nothing wrong.</summary>
    Ok,

    /// <summary>Drift found, or the metric is past its limit.</summary>
    Alarm,

    /// <summary>Too few predictions, or too few with their truth, for a verdict.</summary>
    NotEnoughRows,

    /// <summary>No verdict for the reason in the summary, for example no champion or no training data.</summary>
    NotPossible,
}

/// <summary>What a check found, in short; lists show it. The full report is a blob under the same id.</summary>
/// <param name="Version">The champion at the time; null when there was none.</param>
/// <param name="Reference">The data set version the champion was trained on; drift only.</param>
/// <param name="Rows">Predictions (performance: with truth) in the window, as far as they are logged and counted.</param>
/// <param name="Value">Drift: share of drifted columns. Performance: the metric.</param>
/// <param name="Limit">What the value was compared with.</param>
/// <param name="Summary">One sentence for people.</param>
/// <param name="Drifted">Drifted columns, largest effect first, at most 20.</param>
/// <param name="Sample">The smallest share of requests that was logged in the window, to which all its rows were thinned; null when all were.</param>
/// <param name="Predictions">About so many predictions (performance: with truth) the window had; null when all were logged.</param>
/// <param name="Redacted">Features that could not be looked at since their values are not logged; null for none.</param>
public sealed record MonitorReport(
    string Id,
    string Model,
    ReportKind Kind,
    ReportStatus Status,
    DateTimeOffset At,
    DateTimeOffset From,
    DateTimeOffset To,
    int? Version,
    string? Reference,
    long Rows,
    double? Value,
    double? Limit,
    string Summary,
    IReadOnlyList<string> Drifted,
    double? Sample = null,
    long? Predictions = null,
    IReadOnlyList<string>? Redacted = null);

/// <summary>A report with everything in it.</summary>
public sealed record FullReport(MonitorReport Report, DriftAnalysis? Drift, IReadOnlyDictionary<string, double>? Metrics);
