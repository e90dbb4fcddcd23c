using System.Text.Json.Serialization;

namespace MlOps.Domain.Rollout;

public enum RolloutState
{
    /// <summary>The new version takes its share and is watched.</summary>
    Running,

    /// <summary>It takes its share, is watched, and somebody must approve before it takes all.</summary>
    AwaitingApproval,

    /// <summary>It is the champion.</summary>
    Promoted,

    /// <summary>It failed, could not be measured, or was rolled back by somebody: the champion has all traffic.</summary>
    RolledBack,

    /// <summary>Somebody ended the rollout: the champion has all traffic.</summary>
    Aborted,

    /// <summary>A newer rollout of the same model took over.</summary>
    Superseded,

    /// <summary>Somebody paused it: it keeps its share, is watched, and takes no further step.</summary>
    Paused,
}

/// <summary>A rollout as it stands.</summary>
/// <param name="Id">Also the id of its workflow instance.</param>
/// <param name="Champion">The version it is compared with and rolled back to; null for the first version of a model.</param>
/// <param name="Step">Index of the present step; -1 before the first.</param>
/// <param name="Percent">Share of the traffic that the new version has.</param>
/// <param name="Reason">Why it is in this state.</param>
/// <param name="Supersedes">The rollout that it ended by beginning.</param>
/// <param name="Winner">Of a bandit's several new versions the one that takes all traffic, where it is not <paramref name="Version"/>.</param>
/// <param name="Ending">How it is going to end: written before the first effect of the end, so that whoever finds it half done finishes it that way.</param>
public sealed record RolloutStatus(
    string Id,
    string Model,
    int Version,
    int? Champion,
    RolloutPolicy Policy,
    RolloutState State,
    int Step,
    double Percent,
    DateTimeOffset StartedAt,
    DateTimeOffset StepStartedAt,
    DateTimeOffset UpdatedAt,
    string Reason,
    string? By = null,
    string? Supersedes = null,
    RolloutEnd? Ending = null,
    int? Winner = null)
{
    /// <summary>The version that takes, or took, all traffic if the rollout succeeds.</summary>
    [JsonIgnore]
    public int Leading => Winner ?? Version;

    [JsonIgnore]
    public bool IsOpen => IsOpenIn(State);

    internal static bool IsOpenIn(RolloutState state) => state is RolloutState.Running or RolloutState.AwaitingApproval or RolloutState.Paused;
}
