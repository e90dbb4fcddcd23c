namespace MlOps.Domain.Rollout;

/// <summary>What the <c>rollout</c> workflow is started with.</summary>
/// <param name="Progress">Set by the workflow itself when it continues as new; leave it null.</param>
public sealed record RolloutInput(string Model, int Version, RolloutPolicy Policy, string? By = null, RolloutProgress? Progress = null);

/// <summary>How it ended: <see cref="RolloutState.Promoted"/>, <see cref="RolloutState.RolledBack"/>, <see cref="RolloutState.Aborted"/> or <see cref="RolloutState.Superseded"/>.</summary>
public sealed record RolloutOutcome(RolloutState State, string Reason, string RolloutId, string Model, int Version, int? Champion);

/// <summary>Where a rollout is, carried from one generation of the workflow to the next.</summary>
/// <param name="Champion">Fixed at the beginning.</param>
/// <param name="StartedAt">When the rollout took over the endpoint.</param>
/// <param name="Step">Index of the step.</param>
/// <param name="Entered">Whether the step has its traffic.</param>
/// <param name="Since">When the step got its traffic, or the wait for approval began.</param>
/// <param name="Approved">Whether somebody approved.</param>
/// <param name="Decisions">How many decisions were stored.</param>
/// <param name="PausedBy">Who paused it; null while it goes on.</param>
/// <param name="PausedAt">When.</param>
/// <param name="PausedFor">How long the present step was paused before; it does not count against its deadline.</param>
/// <param name="Held">Whether the present step's hold was stored.</param>
/// <param name="Percent">The share a bandit has come to in the present step; null for the step's own.</param>
/// <param name="Turns">How often a bandit's share was changed in the present step.</param>
/// <param name="HeldBy">The causes whose holds were stored in the present step; from version 3 on.</param>
/// <param name="Doubted">How far the step had come, pauses left out, when a guardrail was last broken or in doubt; from version 3 on.</param>
/// <param name="Arms">What a bandit's several new versions have; null elsewhere.</param>
/// <param name="Winner">The one of them that takes all traffic; null while it is not known, or is the one that the rollout was started with.</param>
public sealed record RolloutProgress(
    int? Champion,
    DateTimeOffset StartedAt,
    int Step,
    bool Entered,
    DateTimeOffset Since,
    bool Approved,
    int Decisions,
    string? PausedBy = null,
    DateTimeOffset PausedAt = default,
    TimeSpan PausedFor = default,
    bool Held = false,
    double? Percent = null,
    int Turns = 0,
    IReadOnlyList<string>? HeldBy = null,
    TimeSpan? Doubted = null,
    IReadOnlyList<BanditArm>? Arms = null,
    int? Winner = null);

public enum RolloutAction
{
    Approve,
    Promote,
    Rollback,
    Abort,

    /// <summary>Take no further step until resumed; the version is still watched, and rolled back if need be.</summary>
    Pause,
    Resume,
}

/// <summary>Payload of the event <c>rollout-command</c>.</summary>
public sealed record RolloutCommand(RolloutAction Action, string By, string? Reason = null);

/// <summary>A rollout is over, and why.</summary>
public sealed record RolloutEnd(RolloutState State, string Reason);

internal sealed record BeginResult(int? Champion, DateTimeOffset StartedAt, RolloutEnd? End);

/// <param name="Turn">Above 0: a further change of share in the same step.</param>
/// <param name="LooksOnly">Nothing is to be changed: only whether the rollout still owns the traffic is asked.</param>
/// <param name="Arms">Of a bandit's several new versions: what each gets.</param>
/// <param name="Bandit">The numbers that changed a bandit's shares.</param>
internal sealed record ShareInput(
    string Model, int Version, int Step, double Percent, int Sequence, StageKind Kind = StageKind.Share, int Turn = 0, bool LooksOnly = false, IReadOnlyList<BanditArm>? Arms = null,
    BanditEvidence? Bandit = null);

/// <param name="FrozenUntil">The first step waits for the end of a freeze window; nothing was done.</param>
internal sealed record ShareResult(DateTimeOffset Since, RolloutEnd? End, DateTimeOffset? FrozenUntil = null);

/// <param name="AwaitsApproval">The step before passed, only approval is missing.</param>
/// <param name="Sequential">Judged by sequential tests; false for rollouts that began when limits were fixed numbers.</param>
/// <param name="Held">A hold of this step was stored already.</param>
/// <param name="HeldBy">The causes whose holds were stored; null for rollouts that stored a step's first hold only.</param>
/// <param name="Doubted">How far the step had come when it was last in doubt.</param>
/// <param name="Turns">How often a bandit's shares were changed in the step.</param>
/// <param name="Arms">Of a bandit's several new versions: what each has.</param>
internal sealed record CheckInput(
    string Model,
    int Version,
    int Step,
    double Percent,
    DateTimeOffset Since,
    DateTimeOffset Now,
    bool AwaitsApproval,
    bool Approved,
    int Sequence,
    bool Sequential = false,
    StageKind Kind = StageKind.Share,
    string? PausedBy = null,
    TimeSpan PausedFor = default,
    bool Held = false,
    IReadOnlyList<string>? HeldBy = null,
    TimeSpan? Doubted = null,
    int Turns = 0,
    IReadOnlyList<BanditArm>? Arms = null)
{
    /// <summary>How far the step has come, pauses left out.</summary>
    public TimeSpan Elapsed() => Now - Since - PausedFor;
}

/// <param name="Cause">Of a hold: what holds it. Of a verdict that a pause does not hold up: what it is.</param>
internal sealed record CheckResult(
    RolloutVerdict Verdict, string Reason, TrafficNumbers? Canary, TrafficNumbers? Champion, RolloutEnd? End, RolloutEvidence? Evidence = null, string? Cause = null);

internal sealed record CommandInput(string Model, RolloutCommand Command, int Step, double Percent, int Sequence);

internal sealed record EndInput(string Model, int Version, RolloutState State, string Reason, string? By, int Step, double Percent, int Sequence);

/// <summary><paramref name="End"/> is null when there is no such rollout: it failed before it began.</summary>
internal sealed record EndResult(RolloutEnd? End);
