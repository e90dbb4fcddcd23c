namespace MlOps.Domain.Pipelines;

public enum RolloutKind
{
    /// <summary>All traffic at once.</summary>
    Direct,

    /// <summary>Step by step, with analysis and rollback.</summary>
    Canary,
}

/// <summary>How a registered version gets its traffic. Shares are 0 to 1.</summary>
public sealed record RolloutSection
{
    public RolloutKind Strategy { get; init; } = RolloutKind.Canary;

    public IReadOnlyList<double> Steps { get; init; } = [0.1, 0.5, 1];

    public TimeSpan Bake { get; init; } = TimeSpan.FromMinutes(10);

    public int MinRequests { get; init; } = 100;

    public double MaxErrorRateIncrease { get; init; } = 0.01;

    public double MaxLatencyRatio { get; init; } = 2;

    public ApprovalMode Approval { get; init; }

    public TimeSpan Deadline { get; init; } = TimeSpan.FromDays(1);
}
