namespace MlOps.Domain.Rollout;

public enum RolloutStrategy
{
    /// <summary>All traffic at once; the version before stays at hand as <c>previous</c>.</summary>
    Direct,

    /// <summary>A growing share of the traffic, compared with the champion at each step.</summary>
    Canary,
}

public enum RolloutApproval
{
    None,

    /// <summary>Somebody must approve before the version takes all traffic.</summary>
    Manual,
}

/// <summary>How a model version gets its traffic, and what takes it away again. Without a champion to compare with, every rollout is direct.</summary>
public sealed record RolloutPolicy
{
    /// <summary>How many steps a rollout may have.</summary>
    public const int MaxSteps = 100;

    public RolloutStrategy Strategy { get; init; } = RolloutStrategy.Canary;

    /// <summary>Percent of the traffic at each canary step, rising, each 0.01 to 100; 100 is added when it is not the last. Default 10, 50, 100.</summary>
    public IReadOnlyList<double> Steps { get; init; } = [10, 50, 100];

    /// <summary>How long each step is watched at least; 0 or more, default 10 minutes.</summary>
    public TimeSpan Bake { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Requests the new version must have had in a step before it can pass; at least 1, default 100. The champion needs as many as its share gives meanwhile.</summary>
    public long MinRequests { get; init; } = 100;

    /// <summary>How much higher than the champion's the share of failed (and that of rejected) requests may be; 0 to 1, default 0.01: one in a hundred.</summary>
    public double MaxErrorRateIncrease { get; init; } = 0.01;

    /// <summary>The highest ratio of the 95th percentiles of latency; at least 1, default 2.</summary>
    public double MaxLatencyRatio { get; init; } = 2;

    /// <summary>A p95 that is higher by no more than this is no breach whatever the ratio; default 5 ms: between microseconds a ratio says nothing.</summary>
    public TimeSpan LatencyTolerance { get; init; } = TimeSpan.FromMilliseconds(5);

    public RolloutApproval Approval { get; init; }

    /// <summary>How long one step, or the approval, may take before the rollout is rolled back; longer than the bake, default one day.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How often the numbers are looked at; 100 ms to 1 hour, default 5 s.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromSeconds(5);
}
