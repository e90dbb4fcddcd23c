using MlOps.Domain.Serving;

namespace MlOps.Domain.Rollout;

public enum RolloutDecisionKind
{
    /// <summary>A step gave the version its share.</summary>
    StepStarted,

    /// <summary>The step's checks were all met.</summary>
    StepPassed,

    /// <summary>The version did worse than allowed.</summary>
    Breached,

    /// <summary>The deadline came before there was enough to judge by.</summary>
    CannotMeasure,

    /// <summary>Somebody approved, or took a decision over.</summary>
    Commanded,

    /// <summary>The rollout ended.</summary>
    Ended,

    /// <summary>It stays where it is: a soft limit is broken or in doubt, or it is paused, or frozen. Stored when it begins.</summary>
    Held,
}

/// <summary>One decision of a rollout with the numbers that made it.</summary>
public sealed record RolloutDecision(
    int Sequence,
    DateTimeOffset At,
    RolloutDecisionKind Kind,
    int Step,
    double Percent,
    string Reason,
    TrafficNumbers? Canary = null,
    TrafficNumbers? Champion = null,
    string? By = null,
    RolloutEvidence? Evidence = null);

/// <summary>A version's traffic in the window that was judged; latencies in milliseconds, null without answers.</summary>
public sealed record TrafficNumbers(long Requests, long Errors, long Rejected, double? P50, double? P95, double? P99, long Refused = 0)
{
    public static TrafficNumbers Of(TrafficWindow window) => new(
        window.Requests, window.Errors, window.Rejected, window.P50?.TotalMilliseconds, window.P95?.TotalMilliseconds, window.P99?.TotalMilliseconds, window.Refused);
}
