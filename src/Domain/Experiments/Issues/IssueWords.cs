namespace MlOps.Domain.Experiments.Issues;

/// <summary>Status and severity as MLflow writes them, in its API and in filters.</summary>
public static class IssueWords
{
    /// <summary>In the order of <see cref="IssueStatus"/>.</summary>
    public static IReadOnlyList<string> Statuses { get; } = ["pending", "rejected", "resolved"];

    /// <summary>In the order of <see cref="IssueSeverity"/>.</summary>
    public static IReadOnlyList<string> Severities { get; } = ["not_an_issue", "low", "medium", "high"];

    public static string Of(IssueStatus status) => Statuses[(int)status];

    public static string Of(IssueSeverity severity) => Severities[(int)severity];
}
