namespace MlOps.Domain.Monitoring;

/// <summary>Raised once per alarm. This is also the webhook's payload, as JSON.</summary>
/// <param name="Id">The same in every attempt to deliver it.</param>
/// <param name="ReportId">The report that caused it.</param>
public sealed record Alert(
    string Id,
    string Model,
    ReportKind Kind,
    DateTimeOffset At,
    string Message,
    string ReportId,
    int? Version,
    double? Value,
    double? Limit,
    IReadOnlyList<string> Drifted);
