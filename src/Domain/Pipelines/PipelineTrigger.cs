namespace MlOps.Domain.Pipelines;

public enum TriggerReason
{
    /// <summary>Somebody asked for it.</summary>
    Manual,

    /// <summary>A new version of the data set came in.</summary>
    NewData,

    /// <summary>The inputs of the served model drifted.</summary>
    Drift,

    /// <summary>The served model's metric passed its limit.</summary>
    Performance,

    /// <summary>It was time.</summary>
    Schedule,
}

/// <summary>Why a run began.</summary>
/// <param name="By">Who asked, or the part of the system that did.</param>
/// <param name="Dataset">The data set version to use (<c>telco@3</c>); null: what the file says.</param>
/// <param name="Cause">What exactly: a report's id, the time that was due. A trigger of the same reason and cause starts once.</param>
public sealed record PipelineTrigger(TriggerReason Reason, string By, string? Dataset = null, string? Cause = null);
