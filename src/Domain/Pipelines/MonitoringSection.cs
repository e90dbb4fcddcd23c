namespace MlOps.Domain.Pipelines;

/// <summary>What watches the model once it serves. Null parts are off.</summary>
public sealed record MonitoringSection(DriftSection? Drift, PerformanceSection? Performance, Uri? Webhook, RetrainSection? Retrain);

public sealed record DriftSection
{
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan Window { get; init; } = TimeSpan.FromDays(1);

    public int MinRows { get; init; } = 200;

    public double Alpha { get; init; } = 0.05;

    public double MinEffect { get; init; } = 0.05;

    public double Share { get; init; } = 0.3;

    public IReadOnlyList<string> Exclude { get; init; } = [];
}

/// <summary>The metric on predictions whose truth has come in.</summary>
public sealed record PerformanceSection(
    string Metric, double? AtLeast, double? AtMost, TimeSpan Every, TimeSpan Window, int MinRows);

public sealed record RetrainSection(bool OnDrift, bool OnPerformance, TimeSpan Cooldown, bool WithFeedback);
