using System.Text.Json.Serialization;

namespace MlOps.Domain.Workflows.Replay;

internal enum JournalKind
{
    /// <summary>A generation begins; Data is the input.</summary>
    Started,

    /// <summary>The code asked for a step; Data is the input, Target a sub-workflow's id, Due a timer's time.</summary>
    Scheduled,

    /// <summary>An attempt failed and another follows at Due.</summary>
    AttemptFailed,

    /// <summary>A step has its result; a timer that fired has none.</summary>
    StepCompleted,

    /// <summary>A step failed for good.</summary>
    StepFailed,

    /// <summary>An external event came; Data is the payload.</summary>
    EventRaised,

    Completed,

    /// <summary>The code ended with an error; Step is the step whose failure it was, 0 when none.</summary>
    Failed,

    Cancelled,

    /// <summary>Somebody asked to go on after a failure or cancellation.</summary>
    Rerun,

    /// <summary>From here on the code is held; what comes is kept for it.</summary>
    Suspended,

    /// <summary>What was kept goes to the code, as of this time.</summary>
    Resumed,
}

internal enum StepKind
{
    Activity,
    Workflow,
    Timer,
    Event,
}

/// <summary>One line of an instance's history. Its sequence number is its place in the journal.</summary>
internal sealed record JournalEvent(JournalKind Kind, DateTimeOffset At)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Step { get; init; }

    public StepKind? StepKind { get; init; }

    public string? Name { get; init; }

    public string? Data { get; init; }

    public string? Target { get; init; }

    public string? EventId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempt { get; init; }

    public DateTimeOffset? Due { get; init; }

    public StepFailure? Failure { get; init; }
}
